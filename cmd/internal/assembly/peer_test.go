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
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/remote/remotetest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

func TestModulesAreCalledAtTheirOwnAddressByWhoKnowsTheSecretAndNeverAtTheClients(t *testing.T) {
	t.Parallel()
	c := migrated(t, "BANYAN_DB=sqlite:"+t.TempDir(), "BANYAN_PEER_ADDR=127.0.0.1:0", "BANYAN_PEER_SECRET="+remotetest.Secret)
	tokens, err := c.Tokens()
	require.NoError(t, err)
	var at assembly.Running
	app := fx.New(assembly.Graph(assembly.Setup{
		Config: c, Tokens: tokens, Log: slog.New(slog.DiscardHandler), SQL: dbtest.Watched(t, sqldb.Options{}),
	}, &at))
	require.NoError(t, app.Start(t.Context()))
	s := &shop{t: t, url: "http://" + at.Address.String(), operator: string(tokens.Operator), app: app, server: at.Server}
	t.Cleanup(s.stop)

	calls := "http://" + at.CallAddress.String()
	var service catalog.Service
	require.NoError(t, fx.New(fx.NopLogger, catalogfx.Remote(), fx.Supply(remotetest.Peers(t, "catalog", calls, nil)), fx.Populate(&service)).Err())
	boundary.Do(t.Context(), "order", func(ctx context.Context) {
		_, err = service.Reserve(ctx, catalog.ReserveRequest{})
		require.ErrorIs(t, err, catalog.ErrRequest)
	})
	require.Contains(t, s.ask(http.MethodGet, "/metrics", "").body, `banyan_calls_total{callee="catalog",caller="order",method="Reserve",result="invalid"} 1`)
	for address, status := range map[string]int{s.url: http.StatusNotFound, calls: http.StatusUnauthorized} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/banyan.catalog.v1/Reserve", strings.NewReader("{}"))
		require.NoError(t, err)
		r.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, status, response.StatusCode)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, calls+"/v1/products", http.NoBody)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusUnauthorized, response.StatusCode, "and clients' operations are not served there")
}
