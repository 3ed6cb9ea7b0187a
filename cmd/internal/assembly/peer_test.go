package assembly_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"github.com/banyan-commerce/banyan/cmd/internal/assembly"
	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/modules/catalog/catalogfx"
	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/broker/natsd"
	"github.com/banyan-commerce/banyan/platform/config"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/remote/remotetest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// peer is a shop that other processes call.
type peer struct {
	*shop

	calls string
}

func startPeer(t *testing.T, c config.Config, changes ...fx.Option) *peer {
	t.Helper()
	tokens, err := c.Tokens()
	require.NoError(t, err)
	var at assembly.Running
	graph := assembly.Graph(assembly.Setup{
		Config: c, Tokens: tokens, Log: slog.New(slog.DiscardHandler), SQL: dbtest.Watched(t, sqldb.Options{}),
	}, &at)
	app := fx.New(append(changes, graph)...)
	require.NoError(t, app.Err())
	require.NoError(t, app.Start(t.Context()))
	p := &peer{shop: &shop{t: t, url: "http://" + at.Address.String(), operator: string(tokens.Operator), app: app, server: at.Server}}
	t.Cleanup(p.stop)
	if at.CallAddress != nil {
		p.calls = "http://" + at.CallAddress.String()
	}
	return p
}

func peerSettings(t *testing.T) config.Config {
	t.Helper()
	return migrated(t, "BANYAN_DB=sqlite:"+t.TempDir(), "BANYAN_PEER_ADDR=127.0.0.1:0", "BANYAN_PEER_SECRET="+remotetest.Secret)
}

// farCatalog is the catalog of another process.
func farCatalog(t *testing.T, calls string) catalog.Service {
	t.Helper()
	var service catalog.Service
	require.NoError(t, fx.New(fx.NopLogger, catalogfx.Remote(), fx.Supply(remotetest.Peers(t, "catalog", calls, nil)), fx.Populate(&service)).Err())
	return service
}

func TestModulesAreCalledAtTheirOwnAddressByWhoKnowsTheSecretAndNeverAtTheClients(t *testing.T) {
	t.Parallel()
	s := startPeer(t, peerSettings(t))
	service := farCatalog(t, s.calls)
	boundary.Do(t.Context(), "order", func(ctx context.Context) {
		_, err := service.Reserve(ctx, catalog.ReserveRequest{})
		require.ErrorIs(t, err, catalog.ErrRequest)
	})
	require.Contains(t, s.ask(http.MethodGet, "/metrics", "").body, `banyan_calls_total{callee="catalog",caller="order",method="Reserve",result="invalid"} 1`)
	require.Equal(t, http.StatusNotFound, status(t, http.MethodPost, s.url+"/banyan.catalog.v1/Reserve"))
	require.Equal(t, http.StatusUnauthorized, status(t, http.MethodPost, s.calls+"/banyan.catalog.v1/Reserve"))
	require.Equal(t, http.StatusUnauthorized, status(t, http.MethodGet, s.calls+"/v1/products"), "what is for clients is not there")
}

func status(t *testing.T, method, url string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader("{}"))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode
}

// Customers of a shop whose catalog runs elsewhere see what they would see of one that runs here.
func TestOrdersAreTakenWithTheCatalogOfAnotherProcessAndNotWithoutIt(t *testing.T) {
	t.Parallel()
	far := startPeer(t, peerSettings(t)) // with the demo catalogue
	near := startPeer(t, migrated(t, "BANYAN_DB=sqlite:"+t.TempDir(), "BANYAN_DEMO=off"),
		fx.Decorate(func(catalog.Service) catalog.Service { return farCatalog(t, far.calls) }))
	a := near.ask(http.MethodPost, "/v1/orders", "k1")
	require.Equal(t, http.StatusCreated, a.status, a.body)
	require.Contains(t, a.body, `"total":{"amount":15500,"currency":"KRW"}`)

	far.put("/v1/skus/DAWN-RIDGE-250G-FILTER/stock", `{"on_hand": 1}`)
	a = near.ask(http.MethodPost, "/v1/orders", "k2")
	require.Equal(t, http.StatusConflict, a.status, a.body)
	require.Contains(t, a.body, `"out_of_stock"`)
	require.Contains(t, a.body, `"available":0`)

	require.NoError(t, far.app.Stop(context.Background()))
	a = near.ask(http.MethodPost, "/v1/orders", "k3")
	require.Equal(t, http.StatusServiceUnavailable, a.status, a.body)
	require.Contains(t, a.body, `"module_unreachable"`)
	require.NotEmpty(t, a.retryAfter)
	require.Equal(t, http.StatusOK, near.ask(http.MethodGet, "/v1/orders", "").status)
}

// A trunk whose other processes are away is told so, and goes on.
func TestAProcessThatIsAwayDegradesAndNothingMore(t *testing.T) {
	t.Parallel()
	far := startPeer(t, peerSettings(t))
	near := startPeer(t, migrated(t, "BANYAN_DB=sqlite:"+t.TempDir(), "BANYAN_DEMO=off", "BANYAN_MODULES=order,shipping",
		"BANYAN_BROKER="+broker(t), "BANYAN_PEER_SECRET="+remotetest.Secret,
		"BANYAN_PEERS=catalog="+far.calls, "BANYAN_ROUTES=catalog="+far.url+";payment="+far.url))
	a := near.ask(http.MethodGet, "/readyz", "")
	require.Equal(t, http.StatusOK, a.status)
	require.JSONEq(t, `{"status":"ready"}`, a.body)
	require.Contains(t, near.ask(http.MethodGet, "/metrics", "").body, `banyan_peer_breaker_state{address="`+far.calls+`",module="catalog"} 0`)

	require.NoError(t, far.app.Stop(context.Background()))
	a = near.ask(http.MethodGet, "/readyz", "")
	require.Equal(t, http.StatusOK, a.status, "elsewhere it would be no better")
	require.JSONEq(t, `{"status":"degraded","degraded":[
		{"location":"process of catalog","message":"can't be reached"},
		{"location":"calls of catalog","message":"can't be reached"},
		{"location":"process of payment","message":"can't be reached"}]}`, a.body)
	for i := range 3 { // of up to four attempts
		require.Equal(t, http.StatusServiceUnavailable, near.ask(http.MethodPost, "/v1/orders", fmt.Sprint(i)).status)
	}
	require.Contains(t, near.ask(http.MethodGet, "/metrics", "").body, `banyan_peer_breaker_state{address="`+far.calls+`",module="catalog"} 2`)
}

func broker(t *testing.T) string {
	t.Helper()
	s, err := natsd.Start(natsd.Options{Addr: "127.0.0.1:0", Store: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(s.Stop)
	return s.URL()
}
