package crashpoint_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

type order struct {
	ID        string
	Status    string
	Payment   string `json:"payment_status"`
	Sent      string `json:"fulfilment_status"`
	Total     amount
	Payments  []struct{ ID, Status string }
	Shipments []struct{ ID, Status string }
}

type entry struct {
	Seq       int64
	To, Cause string
}

type payment struct {
	ID      string
	OrderID string `json:"order_id"`
	Status  string
	Ledger  []struct {
		Operation    string `json:"operation_id"`
		Kind, Result string
		Amount       amount
	}
}

type parcel struct {
	ID      string
	OrderID string `json:"order_id"`
	Status  string
	Events  []struct{ Type string }
}

type stock struct {
	OnHand          int64 `json:"on_hand"`
	Held, Allocated int64
}

// findings collects what is not as it should be.
type findings []string

func (f *findings) equal(what string, want, is any) {
	if fmt.Sprint(want) != fmt.Sprint(is) {
		*f = append(*f, fmt.Sprintf("%s: want %v, is %v", what, want, is))
	}
}

// inspect compares what the program tells with what should have become of the clients' orders. The
// error says that the program did not answer.
func inspect(ctx context.Context, l *life, p *processor, ids []string) (wrong findings, err error) {
	orders, err := list[order](ctx, l, "/v1/orders?limit=100")
	if err != nil {
		return nil, err
	}
	payments, err := list[payment](ctx, l, "/v1/payments?limit=100")
	if err != nil {
		return nil, err
	}
	parcels, err := list[parcel](ctx, l, "/v1/shipments?limit=100")
	if err != nil {
		return nil, err
	}
	wrong.equal("orders", sorted(ids, func(id string) string { return id }), sorted(orders, func(o order) string { return o.ID }))
	wrong.equal("orders with a payment", sorted(ids, func(id string) string { return id }), sorted(payments, func(p payment) string { return p.OrderID }))
	wrong.equal("orders with a shipment", sorted(ids, func(id string) string { return id }), sorted(parcels, func(p parcel) string { return p.OrderID }))
	for _, o := range orders {
		timeline, err := list[entry](ctx, l, "/v1/orders/"+o.ID+"/timeline?limit=100")
		if err != nil {
			return nil, err
		}
		wrong.order(o, timeline)
	}
	for _, one := range parcels {
		wrong.equal("shipment", "shipped [{packed} {shipped}]", fmt.Sprint(one.Status, " ", one.Events))
	}
	wrong.money(payments, p)
	for sku, quantity := range map[string]int64{"TEA": 2, "CUP": 3} {
		var is struct{ Stock stock }
		if err := look(ctx, l, "/v1/skus/"+sku, &is); err != nil {
			return nil, err
		}
		wrong.equal("stock of "+sku, stock{OnHand: had - quantity*int64(len(ids))}, is.Stock)
	}
	return wrong, nil
}

func sorted[T any](items []T, key func(T) string) []string {
	keys := make([]string, len(items))
	for i, item := range items {
		keys[i] = key(item)
	}
	slices.Sort(keys)
	return keys
}

func (f *findings) order(o order, timeline []entry) {
	f.equal("order", "confirmed captured shipped 3500", fmt.Sprint(o.Status, " ", o.Payment, " ", o.Sent, " ", o.Total.Amount))
	var told []string
	for _, e := range timeline {
		told = append(told, fmt.Sprintf("%d %s by %s", e.Seq, e.To, e.Cause))
	}
	f.equal("timeline", "1 pending_payment by placed; 2 confirmed by payment.authorized", strings.Join(told, "; "))
	f.equal("payments that the order knows", 1, len(o.Payments))
	f.equal("shipments that the order knows", 1, len(o.Shipments))
}

// money compares our ledger with the provider's books: one authorisation and one capture of each payment.
func (f *findings) money(payments []payment, p *processor) {
	p.mu.Lock()
	defer p.mu.Unlock()
	want := amount{total, "KRW"}
	reserved, taken := map[string]bool{}, map[string]bool{}
	for _, one := range payments {
		f.equal("payment", "captured", one.Status)
		entries := map[string]int{}
		for _, e := range one.Ledger {
			entries[e.Kind+" "+e.Result]++
			f.equal("amount of "+e.Kind+" "+e.Result, want, e.Amount)
			switch {
			case e.Kind == "authorisation" && e.Result == "succeeded":
				reserved[one.ID] = true
			case e.Kind == "charge" && e.Result == "succeeded":
				taken[e.Operation] = true
			}
		}
		f.equal("ledger", map[string]int{
			"authorisation requested": 1, "authorisation succeeded": 1, "charge requested": 1, "charge succeeded": 1,
		}, entries)
	}
	f.equal("authorisations at the provider", len(reserved), len(p.reserved))
	f.equal("payments taken at the provider", len(taken), len(p.taken))
	f.equal("payments released at the provider", 0, p.released)
	takenThere := map[string]bool{}
	for key, money := range p.reserved {
		f.equal("authorised at the provider", want, money)
		f.equal("taken at the provider", want, p.taken[key].money)
		maps.Copy(takenThere, p.taken[key].keys)
	}
	f.equal("keys of what was taken at the provider", taken, takenThere)
}
