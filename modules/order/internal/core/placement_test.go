package core_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/platform/money"
)

func good() core.Placement {
	return core.Placement{
		Customer: core.Customer{Email: "kim@example.com", Name: "Kim"},
		ShipTo:   order.Address{Name: "Kim", Line1: "1 Sejong-daero", City: "Seoul", PostalCode: "04524", Country: "KR"},
		Lines:    []core.WantedLine{{SKU: "MUG", Quantity: 2}},
		Payment:  core.Means{Method: "card", Token: "tok_ok"},
	}
}

func TestEachBadFieldIsNamedByItsPlaceInTheRequest(t *testing.T) {
	t.Parallel()
	require.Empty(t, good().Faults())
	total := func(amount int64, c money.Currency) *money.Money { return &money.Money{Amount: amount, Currency: c} }
	for _, c := range []struct {
		location string
		spoil    func(*core.Placement)
	}{
		{"customer.email", func(p *core.Placement) { p.Customer.Email = "kim" }},
		{"customer.email", func(p *core.Placement) { p.Customer.Email = "Kim <kim@example.com>" }},
		{"customer.name", func(p *core.Placement) { p.Customer.Name = "  " }},
		{"ship_to.name", func(p *core.Placement) { p.ShipTo.Name = strings.Repeat("k", 201) }},
		{"ship_to.line1", func(p *core.Placement) { p.ShipTo.Line1 = "" }},
		{"ship_to.line2", func(p *core.Placement) { p.ShipTo.Line2 = "a\x00b" }},
		{"ship_to.postal_code", func(p *core.Placement) { p.ShipTo.PostalCode = "" }},
		{"ship_to.country", func(p *core.Placement) { p.ShipTo.Country = "kr" }},
		{"ship_to.country", func(p *core.Placement) { p.ShipTo.Country = "KOR" }},
		{"lines", func(p *core.Placement) { p.Lines = nil }},
		{"lines", func(p *core.Placement) { p.Lines = make([]core.WantedLine, 101) }},
		{"lines[0].sku", func(p *core.Placement) { p.Lines[0].SKU = "" }},
		{"lines[0].quantity", func(p *core.Placement) { p.Lines[0].Quantity = 0 }},
		{"lines[0].quantity", func(p *core.Placement) { p.Lines[0].Quantity = 1_000_001 }},
		{"payment.method", func(p *core.Placement) { p.Payment.Method = "" }},
		{"payment.token", func(p *core.Placement) { p.Payment.Token = "" }},
		{"currency", func(p *core.Placement) { p.Currency = "XYZ" }},
		{"expected_total.currency", func(p *core.Placement) { p.ExpectedTotal = total(1, "XYZ") }},
		{"expected_total.amount", func(p *core.Placement) { p.ExpectedTotal = total(-1, "KRW") }},
		{"currency", func(p *core.Placement) { p.Currency, p.ExpectedTotal = "EUR", total(1, "KRW") }},
	} {
		p := good()
		c.spoil(&p)
		faults := p.Faults()
		require.NotEmpty(t, faults, c.location)
		require.Equal(t, c.location, faults[0].Location)
	}
}

func TestANumberHasEightCharactersThatCanBeReadOut(t *testing.T) {
	t.Parallel()
	require.Equal(t, "00000000", core.Number([5]byte{}))
	require.Equal(t, "ZZZZZZZZ", core.Number([5]byte{255, 255, 255, 255, 255}))
	require.Equal(t, "00000001", core.Number([5]byte{4: 1}))
	require.Equal(t, "G0000000", core.Number([5]byte{0: 128}))
}
