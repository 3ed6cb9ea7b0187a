package web_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/web"
)

// waiting is a server with one operation that runs until the test lets it go, or until its context ends.
type waiting struct {
	server  *web.Server
	url     string
	entered chan struct{}
	release chan struct{}
	status  chan int // of the answer; 0 if there was none
}

func startWaiting(t *testing.T, o web.Options, wait func(ctx context.Context, w *waiting) error) *waiting {
	t.Helper()
	w := &waiting{entered: make(chan struct{}), release: make(chan struct{}), status: make(chan int, 1)}
	o.Keys = keys()
	o.Routes = []web.Routes{func(api huma.API) {
		web.Register(api, huma.Operation{OperationID: "wait", Method: http.MethodGet, Path: "/v1/wait"},
			func(ctx context.Context, _ *struct{}) (*text, error) {
				close(w.entered)
				return &text{}, wait(ctx, w)
			})
	}}
	w.server = web.New(o)
	address, err := w.server.Start(t.Context(), "127.0.0.1:0")
	require.NoError(t, err)
	w.url = "http://" + address.String()
	return w
}

func (w *waiting) ask(ctx context.Context, t *testing.T) {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url+"/v1/wait", nil)
	require.NoError(t, err)
	go func() {
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			w.status <- 0
			return
		}
		_ = response.Body.Close()
		w.status <- response.StatusCode
	}()
	<-w.entered
}

func TestStoppingFinishesTheRequestsUnderWay(t *testing.T) {
	t.Parallel()
	w := startWaiting(t, web.Options{}, func(ctx context.Context, w *waiting) error {
		select {
		case <-w.release:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	w.ask(t.Context(), t)
	stopped := make(chan error, 1)
	go func() { stopped <- w.server.Stop(context.Background()) }()
	require.Eventually(t, func() bool { return refuses(t, w.url) }, 5*time.Second, 5*time.Millisecond, "a stopping server takes no new connection")
	select {
	case err := <-stopped:
		t.Fatalf("stopped before the request was finished: %v", err)
	default:
	}
	close(w.release)
	require.Equal(t, http.StatusOK, <-w.status)
	require.NoError(t, <-stopped)
}

func refuses(t *testing.T, url string) bool {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/healthz", nil)
	require.NoError(t, err)
	response, err := client.Do(r)
	if err != nil {
		return true
	}
	_ = response.Body.Close()
	return false
}

func TestStoppingReleasesTheRequestsThatWait(t *testing.T) {
	t.Parallel()
	w := startWaiting(t, web.Options{}, func(ctx context.Context, _ *waiting) error {
		<-web.Draining(ctx)
		return nil
	})
	w.ask(t.Context(), t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(t, w.server.Stop(ctx))
	require.Equal(t, http.StatusOK, <-w.status)
}

func TestStoppingCutsTheRequestsThatOutlastItsPatience(t *testing.T) {
	t.Parallel()
	w := startWaiting(t, web.Options{}, func(ctx context.Context, _ *waiting) error {
		<-ctx.Done()
		return ctx.Err()
	})
	w.ask(t.Context(), t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, w.server.Stop(ctx), context.DeadlineExceeded)
	require.Zero(t, <-w.status)
}

func TestADrainingServerIsNotReady(t *testing.T) {
	t.Parallel()
	s := web.New(web.Options{Keys: keys()})
	s.Drain()
	w := record(t, s, http.MethodGet, "/readyz")
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.Contains(t, w.Body.String(), `"draining"`)
}

func TestARequestThatTakesTooLongIsGivenUp(t *testing.T) {
	t.Parallel()
	w := startWaiting(t, web.Options{Timeout: 10 * time.Millisecond}, func(ctx context.Context, _ *waiting) error {
		<-ctx.Done()
		return ctx.Err()
	})
	w.ask(t.Context(), t)
	require.Equal(t, http.StatusServiceUnavailable, <-w.status)
	require.NoError(t, w.server.Stop(t.Context()))
}

func TestAClientThatWentAwayIsNoErrorOfOurs(t *testing.T) {
	t.Parallel()
	w := startWaiting(t, web.Options{}, func(ctx context.Context, _ *waiting) error {
		<-ctx.Done()
		return ctx.Err()
	})
	ctx, cancel := context.WithCancel(t.Context())
	w.ask(ctx, t)
	cancel()
	require.Zero(t, <-w.status)
	require.NoError(t, w.server.Stop(t.Context()))
	metrics := record(t, w.server, http.MethodGet, "/metrics").Body.String()
	require.Contains(t, metrics, `route="/v1/wait",status="499"} 1`)
}
