package shoptest

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
)

// UnitPrice is what each SKU of these tests costs, in KRW, whose minor unit is the won.
const UnitPrice = 1000

// Purchase is a request to place an order.
type Purchase struct {
	Lines  []Line
	Token  string
	prefer string
	key    string
	Total  int64 // the one expected; 0: the right one
}

// Buy is a purchase of one SKU, paid by a token that is good.
func Buy(sku string, quantity int64) Purchase {
	return Purchase{Lines: []Line{{sku, quantity}}, Token: "tok_ok", key: rand.Text()}
}

// By is the purchase paid by another token.
func (p Purchase) By(token string) Purchase { p.Token = token; return p }

// Waiting is the purchase asked for with Prefer: wait.
func (p Purchase) Waiting(seconds int) Purchase {
	p.prefer = fmt.Sprintf("wait=%d", seconds)
	return p
}

// Body is the request in JSON.
func (p Purchase) Body() string {
	total := p.Total
	if total == 0 {
		for _, l := range p.Lines {
			total += l.Quantity * UnitPrice
		}
	}
	text, _ := json.Marshal(map[string]any{ // plain values: it can't fail
		"customer":       map[string]string{"email": "kim@example.com", "name": "Kim"},
		"ship_to":        map[string]string{"name": "Kim", "line1": "1 Sejong-daero", "city": "Seoul", "postal_code": "04524", "country": "KR"},
		"lines":          p.Lines,
		"payment":        map[string]string{"method": "card", "token": p.Token},
		"expected_total": Amount{total, "KRW"},
	})
	return string(text)
}
