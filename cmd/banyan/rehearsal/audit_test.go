package rehearsal_test

import (
	"database/sql"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// requireNothingLostOrDoubled is asked when the road has led back to one process and nobody orders any more.
func (r *road) requireNothingLostOrDoubled(t *testing.T) {
	t.Helper()
	books := r.customers.shop.RequireSound(t, stockOfTheShop())
	r.provider.RequireSameBooks(t, books)
	require.Len(t, books.Orders, len(r.customers.kept), "orders, and those that were answered 201")
	kept := slices.Collect(maps.Keys(r.customers.kept))
	shoptest.Each(t, crowd, len(kept), func(i int) {
		id := kept[i]
		require.Contains(t, books.Orders, id, "an order was lost that had been answered 201")
		r.customers.shop.RequireSettledOnce(t, books, id, r.customers.kept[id])
	})
	r.requireQuietBus(t, books)
}

// What must be empty when all is done. What nobody hears waits for nobody, and goes when it goes.
func quiet() map[string]string {
	return map[string]string{
		"events pending": "SELECT COUNT(*) FROM bus_outbox o WHERE EXISTS (SELECT 1 FROM bus_subscription s WHERE s.type = o.type)",
		"events held":    "SELECT COUNT(*) FROM bus_held",
		"open tasks":     "SELECT COUNT(*) FROM bus_task WHERE every = 0",
	}
}

// requireQuietBus: nothing is under way, and each consumer has taken each event that it should have heard of these
// orders, once.
func (r *road) requireQuietBus(t *testing.T, books shoptest.Books) {
	t.Helper()
	at, err := sqldb.ParseLocation(r.values["BANYAN_DB"])
	require.NoError(t, err)
	heard := heardOf(books)
	for _, module := range shoptest.Modules() {
		db, err := sqldb.OpenToLook(at, module)
		require.NoError(t, err)
		defer db.Close()
		for what, query := range quiet() {
			require.Eventually(t, func() bool { return count(t, db, query) == 0 }, shoptest.Patience, shoptest.Soon, "%s of %s", what, module)
		}
		require.Equal(t, heard[module], count(t, db, "SELECT COUNT(*) FROM bus_inbox"), "events in the inbox of %s", module)
	}
}

// heardOf is how many events each module should have heard: of an order that it was placed, of its payment that it was
// authorised or declined, and so on. Customers of the rehearsal cancel nothing, and nothing expires.
func heardOf(b shoptest.Books) map[string]int64 {
	heard := map[string]int64{}
	add := func(modules ...string) {
		for _, module := range modules {
			heard[module]++
		}
	}
	for id, o := range b.Orders {
		add("catalog", "payment") // order.placed
		add("order")              // payment.authorized, payment.declined
		if o.Status != "confirmed" {
			continue
		}
		add("catalog", "shipping") // order.confirmed
		add("order")               // shipping.created
		switch b.Shipments[id][0].Status {
		case "shipped":
			add("catalog", "order", "payment") // shipping.shipped
			add("order")                       // payment.captured
			add("order")                       // shipping.packed
		case "packed":
			add("order")
		}
	}
	return heard
}

func count(t *testing.T, db *sql.DB, query string) (n int64) {
	t.Helper()
	require.NoError(t, db.QueryRowContext(t.Context(), strings.TrimSpace(query)).Scan(&n), query)
	return n
}
