package acceptance_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Customers reach the trunk alone. Half of what they want of each module goes to another process on the same
// database, which then dies.
func TestHalfOfTheRequestsGoToAnotherProcessAndNobodyNotices(t *testing.T) {
	t.Parallel()
	shoptest.RequireTrunk(t, shoptest.Modules()...)
	database := dbtest.Only(t, sqldb.MySQL).MigratedURL(t, shoptest.Modules()...)
	trunk, other := openPair(t, database, dbtest.Settings(database)...)
	pieces := map[string]int64{"TEA": 10_000}
	trunk.Offer(t, pieces)
	for _, module := range shoptest.Modules() {
		route(t, trunk, module, fmt.Sprintf(`{"share":50,"shadow":20,"to":[%q]}`, other.URL))
	}
	const orders = 200
	purchases := make([]shoptest.Purchase, orders)
	for i := range purchases {
		purchases[i] = shoptest.Buy("TEA", 1).Waiting(20)
	}
	requireConfirmed(t, trunk, trunk.PlaceAll(t, 8, purchases[:orders/2]))
	here, away := routed(t, trunk, "order")
	require.Greater(t, here, 20)
	require.Greater(t, away, 20)
	for _, a := range trunk.PlaceAll(t, 8, purchases[:orders/2]) { // the same keys: the same orders, wherever they go
		require.Equal(t, http.StatusCreated, a.Status, a.Body)
	}

	other.Kill(t)
	requireConfirmed(t, trunk, trunk.PlaceAll(t, 8, purchases[orders/2:]))
	require.Contains(t, look(t, trunk, "order"), `"tripped":"`)
	books := trunk.RequireSound(t, pieces)
	require.Len(t, books.Orders, orders)
}

func requireConfirmed(t *testing.T, s *shoptest.Server, answers []shoptest.Answer) {
	t.Helper()
	for _, a := range answers {
		require.Equal(t, http.StatusCreated, a.Status, a.Body)
		o := s.Eventually(t, a.OrderID(), shoptest.Is("confirmed"))
		require.Equal(t, "confirmed", o.Status)
	}
}

func route(t *testing.T, s *shoptest.Server, module, change string) {
	t.Helper()
	a := s.Ask(t, http.MethodPatch, "/v1/system/routes/"+module, change, "Authorization", "Bearer "+shoptest.OperatorToken)
	require.Equal(t, http.StatusOK, a.Status, a.Body)
}

func look(t *testing.T, s *shoptest.Server, module string) string {
	t.Helper()
	return s.Ask(t, http.MethodGet, "/v1/system/routes/"+module, "", "Authorization", "Bearer "+shoptest.OperatorToken).Body
}

// routed is how many requests of a module the trunk has served itself and sent away, and none of them failed.
func routed(t *testing.T, s *shoptest.Server, module string) (here, away int) {
	t.Helper()
	for line := range strings.Lines(s.Ask(t, http.MethodGet, "/metrics", "").Body) {
		for side, n := range map[string]*int{"here": &here, "away": &away} {
			_, _ = fmt.Sscanf(line, `banyan_route_requests_total{module="`+module+`",result="ok",side="`+side+`"} %d`, n)
		}
		require.NotContains(t, line, `banyan_route_requests_total{module="`+module+`",result="failed"`)
	}
	return here, away
}
