package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/internal/customer"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// counter is a server that takes orders, whose shipping hears of them unless it hangs.
type counter struct {
	hangs  atomic.Bool
	placed atomic.Int64
	heard  atomic.Int64
	answer string
}

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		c.placed.Add(1)
		w.Header().Set("Location", "/v1/orders/"+strings.Repeat("a", 36))
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, c.answer)
		return
	}
	if !c.hangs.Load() {
		c.heard.Store(c.placed.Load())
	}
	fmt.Fprintf(w, `banyan_events_total{consumer="catalog",result="done",type="order.confirmed"} %d
banyan_events_total{consumer="shipping",result="done",type="order.confirmed"} %d
banyan_events_total{consumer="order",result="done",type="shipping.created"} %d
`, c.placed.Load(), c.heard.Load(), c.heard.Load())
}

func TestAModuleThatTakesEventsDoesNotHangAndAnOrderThatWaitsIsNotConfirmed(t *testing.T) {
	t.Parallel()
	const confirmed = `{"id":"a","status":"confirmed"}`
	for name, x := range map[string]struct {
		answer string
		hangs  bool
		want   string
	}{
		"it hangs":          {answer: confirmed, hangs: true},
		"it does not":       {answer: confirmed, want: "while shipping hangs: it did not hang: it took "},
		"orders are not so": {answer: `{"id":"a","status":"pending_payment"}`, hangs: true, want: "the order is not confirmed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shop := &counter{answer: x.answer}
			server := httptest.NewServer(shop)
			defer server.Close()
			released := 0
			h, err := newCrowd(server.URL, customer.Goods{N: 100}, 2).confirmWhile(t.Context(), 20*time.Millisecond, "shipping", func(context.Context) (func() error, error) {
				shop.hangs.Store(x.hangs)
				return func() error {
					shop.hangs.Store(false)
					released++
					return nil
				}, nil
			})
			require.Equal(t, 1, released)
			if x.want != "" {
				require.ErrorContains(t, err, x.want)
				return
			}
			require.NoError(t, err)
			require.Equal(t, int(shop.placed.Load()), h.Waited)
			require.Positive(t, h.Confirm.P50)
			require.Positive(t, h.CaughtUp)
		})
	}
}

func TestTheFileOfAModuleIsTakenAwayUntilItIsReleased(t *testing.T) {
	t.Parallel()
	l, err := sqldb.ParseLocation(dbtest.Only(t, sqldb.SQLite).MigratedURL(t, "shipping"))
	require.NoError(t, err)
	db, err := sqldb.Open(t.Context(), l, "shipping", sqldb.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	g := ground{engine: sqldb.SQLite, dir: filepath.Dir(l.Dir)}
	release, err := g.hang(t.Context(), filepath.Base(l.Dir), "shipping")
	require.NoError(t, err)
	written := make(chan error, 1)
	go func() {
		written <- sqldb.InTx(context.WithoutCancel(t.Context()), db, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(t.Context(), "INSERT INTO bus_consumer (name) VALUES ('late')")
			return err
		})
	}()
	var n int
	require.NoError(t, db.Get(t.Context(), &n, "SELECT COUNT(*) FROM bus_consumer"))
	select {
	case err := <-written:
		require.Fail(t, "it was written", err)
	case <-time.After(50 * time.Millisecond):
	}
	require.NoError(t, release())
	require.NoError(t, <-written)
}
