package sandbox

import (
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/money"
)

// keyHeader carries our operation's ID.
const keyHeader = "Idempotency-Key"

const (
	statusDone    = "done"
	statusRefused = "refused"
)

// maxBody bounds what either side reads of the other, in bytes.
const maxBody = 64 << 10

// errKeyReused: a key came again with another request.
var errKeyReused = fault.New(fault.Conflict, "key_reused", "The key was used for another request.")

type authoriseBody struct {
	Token  string      `json:"token"`
	Amount money.Money `json:"amount"`
}

type captureBody struct {
	Reference string      `json:"reference"`
	Amount    money.Money `json:"amount"`
}

type voidBody struct {
	Reference string `json:"reference"`
}

// answer is the body of every definite answer.
type answer struct {
	Status    string      `json:"status"`
	Reference string      `json:"reference,omitempty"`
	Amount    money.Money `json:"amount,omitzero"`
	Code      string      `json:"code,omitempty"`
	Reason    string      `json:"reason,omitempty"`
}

func refused(code, reason string) answer {
	return answer{Status: statusRefused, Code: code, Reason: reason}
}
