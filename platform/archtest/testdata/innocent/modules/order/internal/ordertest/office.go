package ordertest

import (
	"context"
	"encoding/json"

	"example.com/shop/modules/order"
	"example.com/shop/platform/bus"
	"example.com/shop/platform/sqldb"
)

// A test may do what operators do.
func Told(ctx context.Context, db *sqldb.DB, to bus.Subscription) (fact order.Cancelled) {
	for _, e := range bus.Pending(db) {
		_ = json.Unmarshal(e.Payload, &fact)
		_ = bus.Deliver(ctx, to, e)
	}
	return fact
}
