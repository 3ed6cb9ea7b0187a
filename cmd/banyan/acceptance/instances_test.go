package acceptance_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

func TestTwoServersShareOneDatabase(t *testing.T) {
	t.Parallel()
	a, b := openPair(t, dbtest.Only(t, sqldb.MySQL).URL(t)) // both find no tables, and make them at once
	pieces := map[string]int64{"TEA": 10_000, "CUP": 10_000, "LAST": 60}
	a.Offer(t, pieces)
	servers := []*shoptest.Server{a, b}

	// A key is one order wherever it is sent, and both sell the same pieces.
	purchases := make([]shoptest.Purchase, 120)
	for i := range purchases {
		purchases[i] = shoptest.Buy("LAST", 1)
	}
	answers, again := make([]shoptest.Answer, len(purchases)), make([]shoptest.Answer, len(purchases))
	shoptest.Each(t, 16, len(purchases), func(i int) {
		answers[i], _ = servers[i%2].Post(t.Context(), purchases[i])
		again[i], _ = servers[(i+1)%2].Post(t.Context(), purchases[i])
	})
	taken := 0
	for i, first := range answers {
		require.Equal(t, first.Status, again[i].Status, "%s\n%s", first.Body, again[i].Body)
		if first.Status == http.StatusCreated {
			taken++
			require.Equal(t, first.OrderID(), again[i].OrderID())
		}
	}
	require.Equal(t, 60, taken)

	// One dies while it is busy, and the other does what it left.
	made, lost := placeUntilKilled(t, a)
	died := time.Now()
	for id, p := range made {
		require.Equal(t, id, b.Place(t, p).ID)
	}
	for _, p := range lost {
		made[b.Place(t, p).ID] = p
	}
	books := b.AwaitDrained(t)
	t.Logf("drained %s after the other server died", time.Since(died))
	require.Less(t, time.Since(died), drainGoal)
	require.Len(t, books.Orders, taken+len(made))
	books = b.RequireSound(t, pieces)
	for id, p := range made {
		b.RequireSettledOnce(t, books, id, p)
	}
}

// An order placed at the first server is waited for there. Its second attempt to pay is begun at the second server, which asks the
// provider and hears of the answer first.
func TestWhoWaitsAtOneServerHearsWhatAnotherDid(t *testing.T) {
	t.Parallel()
	database := dbtest.Only(t, sqldb.MySQL).MigratedURL(t, shoptest.Modules()...)
	a, b := openPair(t, database, dbtest.Settings(database)...)
	a.Offer(t, map[string]int64{"TEA": 100})
	const n = 8
	waited, asked := make([]shoptest.Order, n), make([]shoptest.Answer, n)
	shoptest.Each(t, n, n, func(i int) {
		wanted := shoptest.Buy("TEA", 1).By("tok_declined").Waiting(20)
		declined := a.Place(t, wanted)
		asked[i] = b.Pay(t, declined, "tok_slow")
		waited[i] = a.Place(t, wanted)
	})
	for i, o := range waited {
		require.Equal(t, http.StatusCreated, asked[i].Status, asked[i].Body)
		require.Equal(t, "confirmed", o.Status)
	}
	metrics := b.Ask(t, http.MethodGet, "/metrics", "").Body
	require.Contains(t, metrics, `banyan_events_total{consumer="order",result="done",type="payment.authorized"}`,
		"the second confirmed some of them")
	a.RequireSound(t, map[string]int64{"TEA": 100})
}

// openPair starts two servers at once on a store.
func openPair(t *testing.T, database string, settings ...string) (a, b *shoptest.Server) {
	t.Helper()
	a, b = shoptest.Prepare(t, database, settings...), shoptest.Prepare(t, database, settings...)
	a.Launch(t)
	b.Launch(t)
	a.AwaitGreeting(t)
	b.AwaitGreeting(t)
	return a, b
}

func TestASecondServerOnTheSameFilesIsRefused(t *testing.T) {
	t.Parallel()
	s := shoptest.Open(t, dbtest.Only(t, sqldb.SQLite))
	s.Offer(t, map[string]int64{"TEA": 1})
	status, stdout, stderr := shoptest.Run(t, s.Database, []string{"BANYAN_ADDR=127.0.0.1:0"}, "serve")
	require.Equal(t, 1, status)
	require.Empty(t, stdout)
	require.Contains(t, stderr, "another process is using this database file")
	require.Equal(t, "confirmed", s.Place(t, shoptest.Buy("TEA", 1).Waiting(20)).Status, "the first is not disturbed")
}
