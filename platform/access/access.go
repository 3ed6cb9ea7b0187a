// Package access says who is calling: the operator, or the holder of an order's access token.
package access

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"

	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/id"
)

// Errors of the package. Who sends no token is told which one is needed, and who sends one that it
// won't do.
var (
	ErrOperatorOnly = fault.New(fault.Unauthenticated, "operator_only", "This needs the operator's token in the Authorization header.")
	ErrTokenNeeded  = fault.New(fault.Unauthenticated, "token_needed", "This needs the order's access token, or the operator's, in the Authorization header.")
	ErrForbidden    = fault.New(fault.Forbidden, "forbidden", "This token does not give access to that.")
)

// Caller is who sent a request: the bearer of a token, or of none.
type Caller struct {
	Operator bool
	token    string
}

// Name says in records who did something. All customers share one: it tells nobody apart.
func (c Caller) Name() string {
	if c.Operator {
		return "operator"
	}
	return "customer"
}

// RequireOperator returns ErrOperatorOnly to a caller without a token, ErrForbidden to one with another.
func (c Caller) RequireOperator() error {
	if c.Operator {
		return nil
	}
	return c.refusal(ErrOperatorOnly)
}

func (c Caller) refusal(withoutToken error) error {
	if c.token == "" {
		return withoutToken
	}
	return ErrForbidden
}

// Keys makes and checks tokens.
type Keys struct {
	operator [sha256.Size]byte
	secret   []byte
}

// NewKeys takes the operator's token and the server's secret, both of at least 16 bytes (checked by
// the configuration).
func NewKeys(operatorToken string, secret []byte) *Keys {
	return &Keys{operator: sha256.Sum256([]byte(operatorToken)), secret: secret}
}

// Identify makes a Caller of the bearer token of a request, which may be empty.
func (k *Keys) Identify(bearer string) Caller {
	sum := sha256.Sum256([]byte(bearer))
	return Caller{Operator: subtle.ConstantTimeCompare(sum[:], k.operator[:]) == 1, token: bearer}
}

// OrderToken gives access to one order: HMAC-SHA-256 of its ID under the server's secret, so that a
// lost answer can be had again without storing anything.
func (k *Keys) OrderToken(orderID id.UUID) string {
	mac := hmac.New(sha256.New, k.secret)
	mac.Write([]byte("order:"))
	mac.Write(orderID[:])
	return "oat_" + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// MaySee says whether the caller may see an order and what belongs to it. One thing that he may not
// see is answered as one that is not there, so that nobody finds out which IDs exist.
func (k *Keys) MaySee(c Caller, orderID id.UUID) bool {
	return c.Operator || hmac.Equal([]byte(c.token), []byte(k.OrderToken(orderID)))
}

// RequireOrder is for lists of what belongs to an order; the zero ID means all orders, which are the
// operator's alone. It returns ErrTokenNeeded or ErrOperatorOnly to a caller without a token,
// ErrForbidden to one with another.
func (k *Keys) RequireOrder(c Caller, orderID id.UUID) error {
	switch {
	case orderID.IsZero():
		return c.RequireOperator()
	case k.MaySee(c, orderID):
		return nil
	}
	return c.refusal(ErrTokenNeeded)
}
