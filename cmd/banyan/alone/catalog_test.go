package alone_test

import (
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event/eventtest"
	"github.com/banyan-commerce/banyan/platform/id"
)

func TestTheCatalogAlonePromisesStockAndKeepsItsPromises(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		calls := freeAddress(t)
		n := open(t, e, "catalog", "BANYAN_PEER_ADDR="+calls)
		n.Offer(t, map[string]int64{"TEA": 100})
		bought := value{"lines", []map[string]any{{"sku": "TEA", "name": "Tea", "quantity": 2}}}
		sold, cancelled, expired, lost := id.New(), id.New(), id.New(), id.New()
		for _, order := range []id.UUID{sold, cancelled, expired} {
			reserve(t, calls, order, time.Hour)
			n.tell(t, "order.placed", order, bought)
		}
		n.tell(t, "order.confirmed", sold, bought)
		n.tell(t, "shipping.shipped", sold, bought)
		n.tell(t, "order.cancelled", cancelled)
		n.tell(t, "order.expired", expired)
		awaitStock(t, n, shoptest.Stock{OnHand: 98, Available: 98})

		reserve(t, calls, lost, time.Second)
		awaitStock(t, n, shoptest.Stock{OnHand: 98, Available: 98}) // the hold has run out
		a := n.Ask(t, http.MethodPut, "/v1/skus/TEA/stock", `{"on_hand": 0}`, "Authorization", "Bearer "+shoptest.OperatorToken)
		require.Equal(t, http.StatusOK, a.Status, a.Body)
		n.tell(t, "order.placed", lost, bought)
		n.hear(t, "catalog.reservation_lost", lost)

		n.requireAllTaken(t, "order.placed", "order.confirmed", "order.cancelled", "order.expired", "shipping.shipped")
	})
}

func awaitStock(t *testing.T, n *neighbourhood, want shoptest.Stock) {
	t.Helper()
	require.Eventually(t, func() bool { return n.Stock(t, "TEA") == want }, shoptest.Patience, shoptest.Soon, "%+v", want)
}

// reserve calls the catalog as its callers always have, and sees that the answer is what it always was.
func reserve(t *testing.T, address string, order id.UUID, hold time.Duration) {
	t.Helper()
	var request map[string]any
	require.NoError(t, json.Unmarshal(call(t, "request"), &request))
	for _, v := range []value{{"Key", order.String()}, {"OrderID", order}, {"HoldUntil", time.Now().Add(hold)}} {
		put(t, request, v)
	}
	text, err := json.Marshal(request)
	require.NoError(t, err)
	a := shoptest.At("http://"+address).Ask(t, http.MethodPost, "/banyan.catalog.v1/Reserve", string(text))
	require.Equal(t, http.StatusOK, a.Status, a.Body)
	require.Empty(t, eventtest.Losses(call(t, "response"), []byte(a.Body)))
	require.Equal(t, order.String(), a.Read("OrderID"))
}

// call is a request or an answer of catalog.Service as it was written.
func call(t *testing.T, part string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(contract("catalog"), "testdata", "calls", "catalog.v1.Reserve."+part+".1.json"))
	require.NoError(t, err)
	return text
}

// freeAddress is one that was free a moment ago: the module is told of it before it runs.
func freeAddress(t *testing.T) string {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().String()
}
