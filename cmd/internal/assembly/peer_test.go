package assembly_test

import (
	"context"
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
