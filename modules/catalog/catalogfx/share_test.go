package catalogfx_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/remote/remotetest"
	"github.com/banyan-commerce/banyan/platform/route"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// A repetition must find what the first call did also where two catalogs have two databases for a moment: it goes by
// the key that makes it a repetition.
func TestAReservationKeepsToItsSideByItsKey(t *testing.T) {
	t.Parallel()
	p := &place{store: dbtest.Only(t, sqldb.SQLite).MigratedURL(t, "catalog")}
	db := p.openHere(t)
	far, _ := host(t, db, nil)
	address, wire := remotetest.Serve(t, far.Served...), &remotetest.Wire{}
	table := shared(t, db, address, 50)
	near, _ := host(t, db, beside(t, address, table, wire))
	sides := map[route.Side]int{}
	for i := range 20 {
		key := fmt.Sprintf("k%d", i)
		for range 2 { // with another order proposed
			before := wire.Sent()
			_, err := near.Service.Reserve(t.Context(), wants(key, "MOON"))
			require.Error(t, err)
			went := route.Side(wire.Sent() - before)
			require.Equal(t, table.Side("catalog", key), went)
			sides[went]++
		}
	}
	require.Len(t, sides, 2)
}

// Two processes with a share of each other's would pass a call to and fro.
func TestWhatAnotherProcessAsksIsNotSentOn(t *testing.T) {
	t.Parallel()
	p := &place{store: dbtest.Only(t, sqldb.SQLite).MigratedURL(t, "catalog")}
	db := p.openHere(t)
	const nobody = "http://127.0.0.1:1"
	wire := &remotetest.Wire{}
	h, _ := host(t, db, beside(t, nobody, shared(t, db, nobody, 100), wire))
	_, err := client(t, remotetest.Peers(t, "catalog", remotetest.Serve(t, h.Served...), nil)).Reserve(t.Context(), wants("k1", "MOON"))
	require.Error(t, err)
	require.Zero(t, wire.Sent())
	_, err = h.Service.Reserve(t.Context(), wants("k1", "MOON"))
	require.Error(t, err)
	require.NotZero(t, wire.Sent(), "what is asked here is")
}
