package core

import (
	"fmt"
	"net/mail"
	"strings"
	"unicode"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/money"
)

// Limits of requests.
const (
	MaxLines    = 100
	MaxQuantity = 1_000_000 // of one line
	MaxReason   = 500       // characters, for cancelling
)

// Placement is what a customer asks for.
type Placement struct {
	Customer      Customer
	ShipTo        order.Address
	Lines         []WantedLine
	Payment       Means
	Currency      money.Currency // empty: that of ExpectedTotal, else catalog finds the one in common
	ExpectedTotal *money.Money   // nil: any total is fine
}

// WantedLine is a quantity of one SKU.
type WantedLine struct {
	SKU      string
	Quantity int64
}

// Means is how a customer wants to pay.
type Means struct {
	Method string
	Token  string // the provider's, never a card number
}

// Normalised writes the email address in lower case, as it is searched for.
func (p Placement) Normalised() Placement {
	p.Customer.Email = strings.ToLower(p.Customer.Email)
	return p
}

// Faults names the fields that can't be, by their place in the request: lines[0].quantity.
func (p Placement) Faults() []fault.Field {
	var c checker
	c.email("customer.email", p.Customer.Email)
	c.text("customer.name", p.Customer.Name, 200)
	c.address(p.ShipTo)
	c.lines(p.Lines)
	c.means("payment.", p.Payment)
	c.prices(p)
	return c.faults
}

// Faults names the fields that can't be: method or token.
func (m Means) Faults() []fault.Field {
	var c checker
	c.means("", m)
	return c.faults
}

// ReasonFaults names what can't be of why an order is cancelled: reason.
func ReasonFaults(reason string) []fault.Field {
	var c checker
	c.optional("reason", reason, MaxReason)
	return c.faults
}

// checker collects what is wrong. What it says never repeats a value.
type checker struct{ faults []fault.Field }

func (c *checker) add(location, format string, args ...any) {
	c.faults = append(c.faults, fault.Field{Location: location, Message: fmt.Sprintf(format, args...)})
}

func (c *checker) text(location, s string, longest int) {
	if strings.TrimSpace(s) == "" {
		c.add(location, "must not be blank")
		return
	}
	c.optional(location, s, longest)
}

func (c *checker) optional(location, s string, longest int) {
	switch {
	case len([]rune(s)) > longest:
		c.add(location, "must have at most %d characters", longest)
	case strings.ContainsFunc(s, unicode.IsControl):
		c.add(location, "must not have control characters")
	}
}

func (c *checker) email(location, s string) {
	address, err := mail.ParseAddress(s)
	if err != nil || address.Address != s || len(s) > 254 {
		c.add(location, "must be an email address")
	}
}

func (c *checker) address(a order.Address) {
	c.text("ship_to.name", a.Name, 200)
	c.text("ship_to.line1", a.Line1, 200)
	c.optional("ship_to.line2", a.Line2, 200)
	c.text("ship_to.city", a.City, 100)
	c.optional("ship_to.region", a.Region, 100)
	c.text("ship_to.postal_code", a.PostalCode, 20)
	if len(a.Country) != 2 || strings.Trim(a.Country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		c.add("ship_to.country", "must be two capital letters (ISO 3166-1 alpha-2)")
	}
}

func (c *checker) lines(lines []WantedLine) {
	if len(lines) == 0 || len(lines) > MaxLines {
		c.add("lines", "must be 1 to %d", MaxLines)
	}
	for i, l := range lines {
		c.text(fmt.Sprintf("lines[%d].sku", i), l.SKU, 64)
		if l.Quantity < 1 || l.Quantity > MaxQuantity {
			c.add(fmt.Sprintf("lines[%d].quantity", i), "must be 1 to %d", MaxQuantity)
		}
	}
}

func (c *checker) means(prefix string, m Means) {
	c.text(prefix+"method", m.Method, 32)
	c.text(prefix+"token", m.Token, 255)
}

func (c *checker) prices(p Placement) {
	if p.Currency != "" && p.Currency.Valid() != nil {
		c.add("currency", "must be a currency of ISO 4217")
	}
	if p.ExpectedTotal == nil {
		return
	}
	if p.ExpectedTotal.Valid() != nil {
		c.add("expected_total.currency", "must be a currency of ISO 4217")
	}
	if p.ExpectedTotal.IsNegative() {
		c.add("expected_total.amount", "must not be negative")
	}
	if p.Currency != "" && p.Currency != p.ExpectedTotal.Currency {
		c.add("currency", "must be that of expected_total")
	}
}
