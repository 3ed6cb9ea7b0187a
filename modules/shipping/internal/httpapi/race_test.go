package httpapi_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// One of the two wins, and the order is told which: a parcel that is packed is never reported as
// cancelled, and a cancelled one is never packed. Of three rounds one is open, in one the cancellation
// begins when packing holds the row, and in one it is the other way round; each side wins some.
func TestCancellingRacesPackingAndOneOfThemWins(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		var g gate
		s := open(t, e.With(sqldb.Options{RunTwice: true, Observe: g.see}))
		wins := map[any]int{}
		for round := range 36 {
			pack, cancel := opened(), opened()
			switch round % 3 {
			case 1:
				cancel = g.when("INSERT INTO tracking_event")
			case 2:
				pack = g.when("UPDATE shipment")
			}
			wins[s.race(&g, pack, cancel)]++
		}
		require.NotZero(t, wins["packed"])
		require.NotZero(t, wins["cancelled"])
	})
}

// race lets both begin when they may, and answers who won, having looked that all agree on it.
func (s *shop) race(g *gate, pack, cancel <-chan struct{}) any {
	s.t.Helper()
	orderID, shipmentID := s.confirm()
	request := envelope(s.t, orderID, 3, cancelFact(orderID))
	delivered := make(chan error, 1)
	go func() {
		<-cancel
		delivered <- bus.Deliver(s.t.Context(), s.sub, request)
		g.lift()
	}()
	<-pack
	status, a := s.track(shipmentID, happened("packed"))
	g.lift()
	require.NoError(s.t, <-delivered)
	if status == http.StatusOK {
		require.Equal(s.t, []told{{"shipping.created", 1}, {"shipping.packed", 2}, {"shipping.cancel_refused", 3}}, s.published(orderID))
	} else {
		require.Equal(s.t, http.StatusConflict, status)
		require.Equal(s.t, "shipment_cancelled", a.Code)
		require.Equal(s.t, []told{{"shipping.created", 1}, {"shipping.cancelled", 2}}, s.published(orderID))
	}
	return s.ofOrder(orderID).Status
}

// gate opens when a statement has run.
type gate struct {
	mu   sync.Mutex
	part string
	open chan struct{}
}

func opened() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

// when is closed at the next statement that contains part, or by lift.
func (g *gate) when(part string) <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.part, g.open = part, make(chan struct{})
	return g.open
}

func (g *gate) see(q sqldb.Statement) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open != nil && strings.Contains(q.Query, g.part) {
		close(g.open)
		g.open = nil
	}
}

// lift keeps nobody waiting for a statement that does not come.
func (g *gate) lift() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open != nil {
		close(g.open)
		g.open = nil
	}
}
