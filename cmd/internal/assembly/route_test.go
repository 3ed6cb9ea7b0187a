package assembly_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/internal/assembly"
	"github.com/banyan-commerce/banyan/platform/access"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/route"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/telemetry"
	"github.com/banyan-commerce/banyan/platform/web"
)

// A trunk that hosts no module at all serves the shop's whole document, and forwards what is asked.
func TestATrunkDescribesWhatItDoesNotHostAndForwardsIt(t *testing.T) {
	t.Parallel()
	shop := openClinic(t, dbtest.Only(t, sqldb.SQLite), "")
	peers, owners := map[string][]string{}, map[string]string{}
	for _, m := range assembly.Manifests() {
		peers[m.Name] = []string{shop.URL}
		for _, operation := range m.Routes {
			owners[operation] = m.Name
		}
	}
	table, err := route.NewTable(route.Options{
		Modules: assembly.ModuleNames(), Settings: route.Settings{Peers: peers}, Now: time.Now, Log: telemetry.NewLog(t.Output(), 0, telemetry.Text), Metrics: prometheus.NewRegistry(),
	})
	require.NoError(t, err)
	server := web.New(web.Options{
		Keys: access.NewKeys("operator-token-of-tests", []byte("0123456789abcdef0123456789abcdef")), Owners: owners, Route: table.Pass,
		Routes: assembly.Operations(assembly.ModuleNames()...),
	})
	_, err = server.Start(t.Context(), "127.0.0.1:0")
	require.NoError(t, err, "which compares what is served with the manifests")
	require.NoError(t, server.Stop(t.Context()))

	whole, forwarded := operationsOf(t, shop.Ask(t, http.MethodGet, "/openapi.json", "").Body), httptest.NewRecorder()
	server.ServeHTTP(forwarded, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/openapi.json", nil))
	described := operationsOf(t, forwarded.Body.String())
	require.Len(t, described, len(paths(owners)))
	for path, operations := range described {
		require.JSONEq(t, string(whole[path]), string(operations), path)
	}

	forwarded = httptest.NewRecorder()
	server.ServeHTTP(forwarded, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/skus/TEA", nil))
	require.Equal(t, 200, forwarded.Code, forwarded.Body)
	require.JSONEq(t, shop.Ask(t, http.MethodGet, "/v1/skus/TEA", "").Body, forwarded.Body.String())
}

func operationsOf(t *testing.T, document string) map[string]json.RawMessage {
	t.Helper()
	var d struct {
		Paths map[string]json.RawMessage `json:"paths"`
	}
	require.NoError(t, json.Unmarshal([]byte(document), &d))
	return d.Paths
}

func paths(owners map[string]string) map[string]bool {
	all := map[string]bool{}
	for operation := range owners {
		_, path, _ := strings.Cut(operation, " ")
		all[path] = true
	}
	return all
}
