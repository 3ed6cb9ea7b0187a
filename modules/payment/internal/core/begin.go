package core

import (
	"time"
	"unicode/utf8"

	"github.com/banyan-commerce/banyan/platform/money"
)

// Longest texts that are stored, in characters.
const (
	maxMethod = 64
	maxToken  = 255
	maxCode   = 64
	maxReason = 255

	lengthOfCurrency = 3 // ISO 4217
)

// Begin records an attempt of which ID, order, method, token, amount and provider are given. One that
// no provider can be asked about is declined at once: the order hears of it, and the customer may try
// another way.
func Begin(proposed Attempt, now time.Time) Step {
	a := proposed
	a.Version, a.Wish, a.CreatedAt = 0, NoWish, now
	if code, reason := unfit(a); code != "" {
		return Refuse(a, code, reason, now)
	}
	a = a.at(Ready, now)
	return Step{Next: a, Entries: []Entry{a.entry(a.Operation(), Authorisation, Requested, now)}}.
		calling(CallAuthorise, a.Operation())
}

// Refuse records an attempt that is declined without asking the provider.
func Refuse(proposed Attempt, code, reason string, now time.Time) Step {
	a := proposed
	a.Version, a.Wish, a.CreatedAt = 0, NoWish, now
	a.Method, a.Amount.Currency = cut(a.Method, maxMethod), money.Currency(cut(string(a.Amount.Currency), lengthOfCurrency))
	a = a.declined(code, reason, now)
	return Step{Next: a}.publishing(a.declinedEvent())
}

func unfit(a Attempt) (code, reason string) {
	switch {
	case a.Method != "card":
		return "unsupported_method", "This way of paying is not offered."
	case a.Amount.IsNegative() || a.Amount.Valid() != nil:
		return "invalid_amount", "This amount can't be paid."
	case utf8.RuneCountInString(a.Token) > maxToken:
		return "invalid_token", "The payment details can't be used."
	}
	return "", ""
}

// cut shortens a text to a number of characters.
func cut(text string, characters int) string {
	if utf8.RuneCountInString(text) <= characters {
		return text
	}
	return string([]rune(text)[:characters])
}
