package core

import (
	"crypto/sha256"
	"encoding/binary"
)

// A fingerprint tells two requests apart that came with one idempotency key. It is kept with the key
// while instances of the program come and go, so its bytes stay as they are: a field that is added
// later is written last, with a name before it, and only where it is set, so that a request without
// it has the fingerprint that it always had.
const (
	placementV1 = "placement/1"
	meansV1     = "means/1"
)

// Fingerprint is that of a normalised request to place an order.
func (p Placement) Fingerprint() [sha256.Size]byte {
	var e encoding
	e.texts(placementV1, p.Customer.Email, p.Customer.Name)
	to := p.ShipTo
	e.texts(to.Name, to.Line1, to.Line2, to.City, to.Region, to.PostalCode, to.Country)
	e.number(int64(len(p.Lines)))
	for _, l := range p.Lines {
		e.texts(l.SKU)
		e.number(l.Quantity)
	}
	e.texts(p.Payment.Method, p.Payment.Token, string(p.Currency))
	if t := p.ExpectedTotal; t != nil {
		e.texts("expected_total", string(t.Currency))
		e.number(t.Amount)
	}
	return sha256.Sum256(e)
}

// Fingerprint is that of a request to pay.
func (m Means) Fingerprint() [sha256.Size]byte {
	var e encoding
	e.texts(meansV1, m.Method, m.Token)
	return sha256.Sum256(e)
}

// encoding writes the length before each text, so that no two lists of values have the same bytes.
type encoding []byte

func (e *encoding) texts(values ...string) {
	for _, v := range values {
		*e = binary.AppendUvarint(*e, uint64(len(v)))
		*e = append(*e, v...)
	}
}

func (e *encoding) number(n int64) { *e = binary.AppendVarint(*e, n) }
