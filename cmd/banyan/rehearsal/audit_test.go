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
	r.requireQuietBus(t)
}

// What must be empty when all is done. What nobody hears waits for nobody, and goes when it goes.
func quiet() map[string]string {
	return map[string]string{
		"events pending": "SELECT COUNT(*) FROM bus_outbox o WHERE EXISTS (SELECT 1 FROM bus_subscription s WHERE s.type = o.type)",
		"events held":    "SELECT COUNT(*) FROM bus_held",
		"open tasks":     "SELECT COUNT(*) FROM bus_task WHERE every = 0",
	}
}

func (r *road) requireQuietBus(t *testing.T) {
	t.Helper()
	at, err := sqldb.ParseLocation(r.values["BANYAN_DB"])
	require.NoError(t, err)
	for _, module := range shoptest.Modules() {
		db, err := sqldb.OpenToLook(at, module)
		require.NoError(t, err)
		defer db.Close()
		for what, query := range quiet() {
			require.Eventually(t, func() bool { return count(t, db, query) == 0 }, shoptest.Patience, shoptest.Soon, "%s of %s", what, module)
		}
	}
}

func count(t *testing.T, db *sql.DB, query string) (n int64) {
	t.Helper()
	require.NoError(t, db.QueryRowContext(t.Context(), strings.TrimSpace(query)).Scan(&n), query)
	return n
}
