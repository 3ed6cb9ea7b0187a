package assembly_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest/wire"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// deaf is a line on which the catalog can't claim what an order holds, as if its database did not answer:
// it has not heard of the order then.
type deaf struct{ yes *atomic.Bool }

func (d deaf) wrap(c driver.Connector) driver.Connector {
	return wire.Wrap(c, func(context.Context, wire.Native) (wire.Line, error) { return d, nil })
}

func (d deaf) Pass(_ context.Context, text string, call func() error) error {
	if d.yes.Load() && strings.Contains(text, "SET claimed = 1") {
		return &net.OpError{Op: "read", Err: errors.New("cut by the test")}
	}
	return call()
}

func (d deaf) Admit(string) error { return nil }

func (d deaf) Works() bool { return true }

func TestAnOrderWhoseStockIsGoneBeforeTheCatalogHearsOfItIsCancelled(t *testing.T) {
	t.Parallel()
	c := migrated(t, "BANYAN_DB=sqlite:"+t.TempDir(), "BANYAN_HOLD=1s")
	ears := deaf{yes: &atomic.Bool{}}
	ears.yes.Store(true)
	s := start(t, c, sqldb.Options{Wrap: ears.wrap})
	a := s.ask(http.MethodPost, "/v1/orders", "k")
	require.Equal(t, http.StatusCreated, a.status, a.body)

	const sku = "/v1/skus/DAWN-RIDGE-250G-FILTER"
	require.Eventually(t, func() bool { return strings.Contains(s.ask(http.MethodGet, sku, "").body, `"held":0`) },
		time.Minute, 10*time.Millisecond, "the hold does not run out")
	s.put(sku+"/stock", `{"on_hand":0}`)
	ears.yes.Store(false)
	require.Eventually(t, func() bool {
		orders := s.ask(http.MethodGet, "/v1/orders?limit=1", "").body
		return strings.Contains(orders, `"status":"cancelled"`)
	}, time.Minute, 10*time.Millisecond)
	require.Regexp(t, `banyan_events_total{consumer="order",result="done",type="catalog.reservation_lost"} [1-9]`,
		s.ask(http.MethodGet, "/metrics", "").body)
}

func (s *shop) put(path, body string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPut, s.url+path, strings.NewReader(body))
	require.NoError(s.t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+s.operator)
	response, err := http.DefaultClient.Do(r)
	require.NoError(s.t, err)
	require.NoError(s.t, response.Body.Close())
	require.Equal(s.t, http.StatusOK, response.StatusCode)
}
