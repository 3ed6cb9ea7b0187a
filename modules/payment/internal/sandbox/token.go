package sandbox

// verdict is what becomes of an authorisation.
type verdict struct {
	approved     bool
	slow         bool
	code, reason string
}

// judge reads a token: it alone decides, so that a sandbox that has forgotten everything decides the
// same again.
func judge(token string) verdict {
	switch token {
	case "tok_ok":
		return verdict{approved: true}
	case "tok_slow":
		return verdict{approved: true, slow: true}
	case "tok_declined":
		return verdict{code: "card_declined", reason: "The card was declined."}
	case "tok_insufficient_funds":
		return verdict{code: "insufficient_funds", reason: "The card has insufficient funds."}
	}
	return verdict{code: "invalid_token", reason: "The payment details can't be used."}
}
