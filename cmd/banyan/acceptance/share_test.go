package acceptance_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Half of what concerns three modules goes to a second process that hosts them, calls of the catalog's contract
// as well as requests. Then that process dies.
func TestHalfOfTheCallsGoToASecondProcessAndNobodyNoticesThatItDies(t *testing.T) {
	t.Parallel()
	s := shoptest.OpenApart(t, dbtest.Only(t, sqldb.MySQL), shoptest.Apart{Modules: []string{"catalog", "payment", "shipping"}, Share: 50})
	pieces := map[string]int64{"TEA": 10_000}
	s.Offer(t, pieces)
	const orders = 80
	purchases := make([]shoptest.Purchase, orders)
	for i := range purchases {
		purchases[i] = shoptest.Buy("TEA", 1).Waiting(20)
	}
	requireConfirmed(t, s, s.PlaceAll(t, 8, purchases[:orders/2]))
	n := shoptest.SidesOf(s.Ask(t, http.MethodGet, "/metrics", "").Body, "catalog")
	require.Greater(t, n["calls here"], 5)
	require.Greater(t, n["calls away"], 5)
	require.Equal(t, orders/2, n["calls here"]+n["calls away"])
	require.Regexp(t, `banyan_calls_total\{callee="catalog",caller="order",method="Reserve",result="ok"\} [1-9]`,
		s.Second(t).Ask(t, http.MethodGet, "/metrics", "").Body, "as the second tells, too")
	require.NotContains(t, s.Ask(t, http.MethodGet, "/readyz", "").Body, "degraded")

	s.KillSecond()
	answers := s.PlaceAll(t, 8, purchases[orders/2:])
	ready := s.Ask(t, http.MethodGet, "/readyz", "")
	require.Equal(t, http.StatusOK, ready.Status)
	require.Contains(t, ready.Body, `{"location":"calls of catalog","message":"can't be reached"}`)
	require.Contains(t, ready.Body, `{"location":"process of payment","message":"can't be reached"}`)
	requireConfirmed(t, s, answers)
	require.Regexp(t, `banyan_route_calls_total\{method="Reserve",module="catalog",result="failed",side="away"\} [1-9]`,
		s.Ask(t, http.MethodGet, "/metrics", "").Body)
	require.Len(t, s.RequireSound(t, pieces).Orders, orders)
}
