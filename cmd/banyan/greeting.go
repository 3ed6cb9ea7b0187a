package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/banyan-commerce/banyan/cmd/internal/assembly"
	"github.com/banyan-commerce/banyan/platform/config"
)

// greet says on stdout how to use the shop that now runs. The operator's token is printed on the
// embedded default alone: there the terminal belongs to whoever owns the shop.
func (p *program) greet(ctx context.Context, c config.Config, tokens config.Tokens, at assembly.Running) {
	host, _ := serverHost(at.Address.String()) // a listener has host and port
	url := "http://" + host
	fmt.Fprintf(p.stdout, "\nBanyan %s listens on %s (API: %s/docs)\n", version(), url, url)
	if len(c.Modules) > 0 {
		fmt.Fprintf(p.stdout, "It hosts %s.\n", strings.Join(c.Modules, ", "))
	}
	if !c.Hosts("order") || !c.Hosts("catalog") {
		fmt.Fprintln(p.stdout)
		return
	}
	if !c.Embedded() {
		fmt.Fprint(p.stdout, "Orders are placed by POST /v1/orders; the operator's token is BANYAN_OPERATOR_TOKEN.\n\n")
		return
	}
	fmt.Fprintf(p.stdout, "Operator token: %s\n", string(tokens.Operator))
	offer, ok := firstOffer(ctx, url)
	if !ok {
		fmt.Fprint(p.stdout, "Orders are possible once `banyan import` has brought products in.\n\n")
		return
	}
	fmt.Fprintf(p.stdout, "Place an order and wait until it is confirmed:\n\n%s\n\n", orderCommand(url, offer))
}

// amount is money as the API writes it.
type amount struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

// offer is something that can be ordered.
type offer struct {
	sku   string
	price amount
}

// products is the part of the catalogue's answer that a first order needs.
type products struct {
	Items []struct {
		SKUs []struct {
			SKU       string `json:"sku"`
			Available int64  `json:"available"`
			Prices    []struct {
				Price amount `json:"price"`
			} `json:"prices"`
		} `json:"skus"`
	} `json:"items"`
}

// firstOffer asks the shop, like any client, for something that is in stock.
func firstOffer(ctx context.Context, url string) (offer, bool) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/v1/products?limit=50", nil)
	if err != nil {
		return offer{}, false
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return offer{}, false
	}
	defer response.Body.Close()
	var list products
	if err := json.NewDecoder(response.Body).Decode(&list); err != nil {
		return offer{}, false
	}
	for _, product := range list.Items {
		for _, s := range product.SKUs {
			if s.Available > 0 && len(s.Prices) > 0 {
				return offer{s.SKU, s.Prices[0].Price}, true
			}
		}
	}
	return offer{}, false
}

// orderCommand is one line for sh. The key is new each time the line is run, so that it orders again.
func orderCommand(url string, o offer) string {
	type line struct {
		SKU      string `json:"sku"`
		Quantity int    `json:"quantity"`
	}
	type payment struct {
		Method string `json:"method"`
		Token  string `json:"token"`
	}
	body, _ := json.Marshal(struct { // plain fields: it can't fail
		Customer map[string]string `json:"customer"`
		ShipTo   map[string]string `json:"ship_to"`
		Lines    []line            `json:"lines"`
		Payment  payment           `json:"payment"`
		Expected amount            `json:"expected_total"`
	}{
		Customer: map[string]string{"email": "kim@example.com", "name": "Kim"},
		ShipTo:   map[string]string{"name": "Kim", "line1": "1 Sejong-daero", "city": "Seoul", "postal_code": "04524", "country": "KR"},
		Lines:    []line{{o.sku, 1}},
		Payment:  payment{"card", "tok_ok"},
		Expected: o.price,
	})
	return fmt.Sprintf(`curl -sS %s/v1/orders -H 'Content-Type: application/json' -H "Idempotency-Key: first-$(date +%%s)-$$" -H 'Prefer: wait=10' -d %s`,
		url, quoted(string(body)))
}

// quoted is text as one word of sh.
func quoted(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
