package remotetest

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"reflect"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/remote"
)

// Complete requires that each method of a contract's interface Service is served under its name, with the
// form of its request, and that the client's method of that name calls that procedure.
func Complete[Service any](t *testing.T, served remote.Served, client func(p *remote.Peers) Service) {
	t.Helper()
	contract := reflect.TypeFor[Service]()
	var methods []string
	for method := range contract.Methods() {
		methods = append(methods, method.Name)
	}
	require.ElementsMatch(t, methods, served.Methods(), "each method of %s is served, and nothing else", contract)
	var asked *http.Request
	var sent json.RawMessage
	peers := Peers(t, served.Module, "http://127.0.0.1:1", func(http.RoundTripper) http.RoundTripper {
		return tripper(func(r *http.Request) (*http.Response, error) {
			asked = r
			err := json.NewDecoder(r.Body).Decode(&sent)
			w := httptest.NewRecorder()
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.WriteString("{}")
			return w.Result(), err
		})
	})
	service := reflect.ValueOf(client(peers))
	for method := range contract.Methods() {
		request := reflect.Zero(method.Type.In(1))
		results := service.MethodByName(method.Name).Call([]reflect.Value{reflect.ValueOf(t.Context()), request})
		require.True(t, results[1].IsNil(), "%s: %v", method.Name, results[1])
		require.Equal(t, method.Name, path.Base(asked.URL.Path), "the procedure that %s calls", method.Name)
		want, err := json.Marshal(request.Interface())
		require.NoError(t, err)
		require.JSONEq(t, string(want), string(sent))
	}
}

// Peers are of a process that knows a module at one address; wrap may be nil.
func Peers(t *testing.T, module, address string, wrap func(http.RoundTripper) http.RoundTripper) *remote.Peers {
	t.Helper()
	at, err := url.Parse(address)
	require.NoError(t, err)
	peers := remote.NewPeers(remote.PeerOptions{
		Addresses: map[string][]*url.URL{module: {at}}, Secret: Secret, Meter: Meter(t), Now: time.Now, Wrap: wrap, //nolint:forbidigo // for tests, which measure real time
	})
	t.Cleanup(peers.Close)
	return peers
}

// Secret is the one that processes of tests share.
const Secret = "of the processes of these tests alone"

// Meter counts for one test.
func Meter(t *testing.T) *boundary.Meter {
	t.Helper()
	m, err := boundary.NewMeter(time.Now, slog.New(slog.DiscardHandler), prometheus.NewRegistry()) //nolint:forbidigo // as above
	require.NoError(t, err)
	return m
}

// Server is one of contracts that believes everybody, and does not listen.
func Server(t *testing.T, served ...remote.Served) *remote.Server {
	t.Helper()
	return remote.NewServer(remote.ServerOptions{
		Contracts: served, Log: slog.New(slog.DiscardHandler), Now: time.Now, //nolint:forbidigo // as above
	})
}

// Serve starts a process's server of contracts in this process, and answers its address.
func Serve(t *testing.T, served ...remote.Served) string {
	t.Helper()
	s := remote.NewServer(remote.ServerOptions{
		Contracts: served, Secret: Secret, Log: slog.New(slog.DiscardHandler), Now: time.Now, //nolint:forbidigo // as above
	})
	at, err := s.Start(t.Context(), "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = s.Stop(ctx) // what hangs on purpose is cut
	})
	return "http://" + at.String()
}
