// Package core holds the rules of the catalog that need no database: what a request for stock must
// look like, what its lines cost, and how promises move stock.
package core

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"unicode/utf8"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/platform/fault"
)

// longestSKU is the size of the column.
const longestSKU = 64

// Check answers catalog.ErrRequest with every field that can't be.
func Check(r catalog.ReserveRequest) error {
	var bad []fault.Field
	refuse := func(location, message string) {
		bad = append(bad, fault.Field{Location: location, Message: message})
	}
	if r.Key == "" || utf8.RuneCountInString(r.Key) > catalog.MaxKey || !utf8.ValidString(r.Key) {
		refuse("key", fmt.Sprintf("has 1 to %d characters", catalog.MaxKey))
	}
	if r.OrderID.IsZero() {
		refuse("order_id", "is missing")
	}
	if r.HoldUntil.IsZero() {
		refuse("hold_until", "is missing")
	}
	if r.Currency != "" && r.Currency.Valid() != nil {
		refuse("currency", "is no ISO 4217 code")
	}
	if e := r.ExpectedTotal; e != nil && e.Valid() != nil {
		refuse("expected_total.currency", "is no ISO 4217 code")
	} else if e != nil && r.Currency != "" && e.Currency != r.Currency {
		refuse("expected_total.currency", "is not the request's currency")
	}
	bad = append(bad, checkLines(r.Lines)...)
	if len(bad) > 0 {
		return catalog.ErrRequest.WithFields(bad...)
	}
	return nil
}

func checkLines(lines []catalog.ReserveLine) []fault.Field {
	if len(lines) == 0 || len(lines) > catalog.MaxLines {
		return []fault.Field{{Location: "lines", Message: fmt.Sprintf("has 1 to %d entries", catalog.MaxLines)}}
	}
	var bad []fault.Field
	for i, line := range lines {
		if line.SKU == "" || len(line.SKU) > 4*longestSKU || !utf8.ValidString(line.SKU) {
			bad = append(bad, fault.Field{Location: at(i, "sku"), Message: "is no SKU"})
		}
		if line.Quantity < 1 || line.Quantity > catalog.MaxQuantity {
			bad = append(bad, fault.Field{Location: at(i, "quantity"), Message: fmt.Sprintf("is not between 1 and %d", catalog.MaxQuantity)})
		}
	}
	return bad
}

func at(line int, field string) string { return fmt.Sprintf("lines[%d].%s", line, field) }

// Fingerprint tells two requests apart that came with the same key. The proposed order ID and the
// deadline are not part of it: a retry proposes new ones.
func Fingerprint(r catalog.ReserveRequest) [32]byte {
	var b []byte
	text := func(s string) {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	text(string(r.Currency))
	if e := r.ExpectedTotal; e != nil {
		b = append(b, 1)
		text(string(e.Currency))
		b = binary.AppendVarint(b, e.Amount)
	} else {
		b = append(b, 0) // else a first line could read like a total
	}
	for _, line := range r.Lines {
		text(line.SKU)
		b = binary.AppendVarint(b, line.Quantity)
	}
	return sha256.Sum256(b)
}
