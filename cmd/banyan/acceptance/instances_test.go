package acceptance_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

func TestTwoServersShareOneDatabase(t *testing.T) {
	t.Parallel()
	a, b := openPair(t, dbtest.Only(t, sqldb.MySQL).URL(t)) // both find no tables, and make them at once
	pieces := map[string]int64{"TEA": 10_000, "CUP": 10_000, "LAST": 60}
	a.offer(t, pieces)
	servers := []*server{a, b}

	// A key is one order wherever it is sent, and both sell the same pieces.
	purchases := make([]purchase, 120)
	for i := range purchases {
		purchases[i] = buy("LAST", 1)
	}
	answers, again := make([]answer, len(purchases)), make([]answer, len(purchases))
	each(t, 16, len(purchases), func(i int) {
		answers[i], _ = servers[i%2].post(t.Context(), purchases[i])
		again[i], _ = servers[(i+1)%2].post(t.Context(), purchases[i])
	})
	taken := 0
	for i, first := range answers {
		require.Equal(t, first.status, again[i].status, "%s\n%s", first.body, again[i].body)
		if first.status == http.StatusCreated {
			taken++
			require.Equal(t, orderID(first), orderID(again[i]))
		}
	}
	require.Equal(t, 60, taken)

	// One dies while it is busy, and the other does what it left.
	made, lost := a.placeUntilKilled(t)
	died := time.Now()
	for id, p := range made {
		require.Equal(t, id, b.place(t, p).ID)
	}
	for _, p := range lost {
		made[b.place(t, p).ID] = p
	}
	books := b.awaitDrained(t)
	t.Logf("drained %s after the other server died", time.Since(died))
	require.Less(t, time.Since(died), drainGoal)
	require.Len(t, books.orders, taken+len(made))
	books = b.requireSound(t, pieces)
	for id, p := range made {
		b.requireSettledOnce(t, books, id, p)
	}
}

// An order placed at the first server is waited for there. Its second attempt to pay is begun at the second server, which asks the
// provider and hears of the answer first.
func TestWhoWaitsAtOneServerHearsWhatAnotherDid(t *testing.T) {
	t.Parallel()
	a, b := openPair(t, dbtest.Only(t, sqldb.MySQL).MigratedURL(t, modules()...))
	a.offer(t, map[string]int64{"TEA": 100})
	const n = 8
	waited, asked := make([]order, n), make([]answer, n)
	each(t, n, n, func(i int) {
		wanted := buy("TEA", 1).by("tok_declined").waiting(20)
		declined := a.place(t, wanted)
		asked[i] = b.pay(t, declined, "tok_slow")
		waited[i] = a.place(t, wanted)
	})
	for i, o := range waited {
		require.Equal(t, http.StatusCreated, asked[i].status, asked[i].body)
		require.Equal(t, "confirmed", o.Status)
	}
	metrics := b.ask(t, http.MethodGet, "/metrics", "").body
	require.Contains(t, metrics, `banyan_events_total{consumer="order",result="done",type="payment.authorized"}`,
		"the second confirmed some of them")
	a.requireSound(t, map[string]int64{"TEA": 100})
}

// openPair starts two servers at once on a store.
func openPair(t *testing.T, database string) (a, b *server) {
	t.Helper()
	a, b = prepare(t, database), prepare(t, database)
	a.launch(t)
	b.launch(t)
	a.awaitGreeting(t)
	b.awaitGreeting(t)
	return a, b
}

func TestASecondServerOnTheSameFilesIsRefused(t *testing.T) {
	t.Parallel()
	s := open(t, dbtest.Only(t, sqldb.SQLite))
	s.offer(t, map[string]int64{"TEA": 1})
	status, stdout, stderr := run(t, s.database, []string{"BANYAN_ADDR=127.0.0.1:0"}, "serve")
	require.Equal(t, 1, status)
	require.Empty(t, stdout)
	require.Contains(t, stderr, "another process is using this database file")
	require.Equal(t, "confirmed", s.place(t, buy("TEA", 1).waiting(20)).Status, "the first is not disturbed")
}
