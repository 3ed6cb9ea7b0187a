package remote_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/remote"
	"github.com/banyan-commerce/banyan/platform/remote/remotetest"
)

type libraryMetrics struct{ registry *prometheus.Registry }

func (m *libraryMetrics) text(t *testing.T) string {
	t.Helper()
	families, err := m.registry.Gather()
	require.NoError(t, err)
	var b strings.Builder
	for _, f := range families {
		for _, one := range f.GetMetric() {
			for _, l := range one.GetLabel() {
				fmt.Fprintf(&b, "%s=%q ", l.GetName(), l.GetValue())
			}
		}
	}
	return b.String()
}

// tampered changes a request on its way.
func tampered(change func(r *http.Request)) remotetest.Fault {
	return func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
		r = r.Clone(r.Context())
		change(r)
		return next.RoundTrip(r)
	}
}

func TestAProcessBelievesNobodyWhoDoesNotKnowTheSecret(t *testing.T) {
	t.Parallel()
	at := func(d time.Duration) func() time.Time { return func() time.Time { return time.Now().Add(d) } }
	body := func(r *http.Request) {
		r.Body = io.NopCloser(strings.NewReader(`{"Title":"another"}`))
	}
	for name, c := range map[string]struct {
		with   setting
		change func(r *http.Request)
		says   string
	}{
		"no token":        {setting{believes: secret}, nil, "set BANYAN_PEER_SECRET in the calling process"},
		"another secret":  {setting{believes: secret, bears: "another " + secret}, nil, "another BANYAN_PEER_SECRET"},
		"late":            {setting{believes: secret, bears: secret, now: at(-time.Minute)}, nil, "clocks that differ"},
		"early":           {setting{believes: secret, bears: secret, now: at(time.Minute)}, nil, "clocks that differ"},
		"another body":    {setting{believes: secret, bears: secret}, body, "changed on its way"},
		"another caller":  {setting{believes: secret, bears: secret}, func(r *http.Request) { r.Header.Set("Banyan-Caller", "payment") }, "changed on its way"},
		"another method":  {setting{believes: secret, bears: secret}, func(r *http.Request) { r.URL.Path = "/banyan.library.v2/Sell" }, "changed on its way"},
		"another version": {setting{believes: secret, bears: secret}, func(r *http.Request) { r.Header.Set("Banyan-Token", "v2.1.x") }, "can't be read"},
		"another moment": {setting{believes: secret, bears: secret}, func(r *http.Request) {
			parts := strings.Split(r.Header.Get("Banyan-Token"), ".")
			r.Header.Set("Banyan-Token", "v1."+parts[1]+"0."+parts[2])
		}, "changed on its way"},
		"no signature": {setting{believes: secret, bears: secret}, func(r *http.Request) {
			parts := strings.Split(r.Header.Get("Banyan-Token"), ".")
			r.Header.Set("Banyan-Token", "v1."+parts[1]+".")
		}, "changed on its way"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var n counted
			s := open(t, c.with, n.of(always(nil)))
			if c.change != nil {
				s.wire.Always(tampered(c.change))
			}
			var err error
			boundary.Do(t.Context(), "order", func(ctx context.Context) { _, err = s.lend.Do(ctx, wish{Title: "Emma"}) })
			require.ErrorIs(t, err, remote.ErrRefused)
			require.NotErrorIs(t, err, fault.Unauthenticated, "the customer did nothing wrong")
			require.ErrorContains(t, err, c.says)
			require.Contains(t, s.log.String(), "call refused")
			require.Zero(t, n.calls())
			require.Equal(t, 1, s.wire.Sent())
		})
	}
}

func TestWhoKnowsTheSecretIsBelieved(t *testing.T) {
	t.Parallel()
	for _, believes := range []string{secret, ""} {
		s := open(t, setting{believes: believes, bears: secret}, always(nil))
		for _, f := range []remotetest.Fault{remotetest.Well, remotetest.CutAfter, remotetest.Twice} {
			s.wire.Next(f)
			got, err := s.lend.Do(t.Context(), wish{Title: "Emma"})
			require.NoError(t, err)
			require.Equal(t, "Emma", got.Title)
		}
	}
}

func TestWhoIsNotBelievedIsNotToldWhatThereIs(t *testing.T) {
	t.Parallel()
	s := open(t, setting{believes: secret}, always(nil))
	there, notThere := post(t, s, "/banyan.library.v2/Lend"), post(t, s, "/banyan.library.v2/Burn")
	require.Equal(t, http.StatusUnauthorized, there.Code)
	require.Equal(t, there.Body.String(), notThere.Body.String())
}

func TestAProcedureThatIsNotServedSaysWhereToLook(t *testing.T) {
	t.Parallel()
	s := open(t, setting{}, always(nil))
	s.wire.Always(tampered(func(r *http.Request) { r.URL.Path = "/banyan.library.v1/Lend" }))
	_, err := s.lend.Do(t.Context(), wish{})
	require.ErrorIs(t, err, remote.ErrRefused)
	require.ErrorContains(t, err, "/banyan.library.v1/Lend is not served here")
	require.ErrorContains(t, err, "BANYAN_PEERS")
	require.Equal(t, 1, s.wire.Sent())
}

func TestWhatIsNoCallIsRefused(t *testing.T) {
	t.Parallel()
	var n counted
	s := open(t, setting{}, n.of(always(nil)))
	for _, c := range [][3]string{
		{http.MethodGet, "application/json", "{}"},
		{http.MethodPost, "text/plain", "{}"},
		{http.MethodPost, "application/proto", "{}"},
		{http.MethodPost, "application/json", "[]"},
		{http.MethodPost, "application/json", ""},
	} {
		r := httptest.NewRequestWithContext(t.Context(), c[0], "/banyan.library.v2/Lend", strings.NewReader(c[2]))
		r.Header.Set("Content-Type", c[1])
		w := httptest.NewRecorder()
		s.server.ServeHTTP(w, r)
		require.GreaterOrEqual(t, w.Code, 400, "%v", c)
	}
	require.Zero(t, n.calls())
}

func TestCallsAndAnswersHaveTheirLimits(t *testing.T) {
	t.Parallel()
	var n counted
	s := open(t, setting{limits: remote.Limits{Answer: 64 << 10}}, n.of(func(_ context.Context, w wish) (loan, error) {
		if w.Title == "big" {
			return loan{Title: strings.Repeat("answer ", 20<<10)}, nil
		}
		return loan{}, nil
	}))
	_, err := s.lend.Do(t.Context(), wish{Title: "big"})
	require.Error(t, err)
	require.Equal(t, fault.Internal, fault.KindOf(err))
	require.Equal(t, 1, n.calls(), "the same answer would come again")
	_, err = s.lend.Do(t.Context(), wish{Title: strings.Repeat("x", 2<<20)})
	require.ErrorIs(t, err, fault.TooLarge)
	require.Equal(t, 1, n.calls())
}

func TestAnAnswerThatGrowsWhenItIsUnpackedIsRefused(t *testing.T) {
	t.Parallel()
	s := open(t, setting{limits: remote.Limits{Answer: 64 << 10}}, always(nil))
	var packed bytes.Buffer // before the call, whose time is not for that
	z := gzip.NewWriter(&packed)
	_, err := fmt.Fprintf(z, `{"Title":%q}`, strings.Repeat("a", 10<<20))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	require.Less(t, packed.Len(), 64<<10)
	s.wire.Always(func(http.RoundTripper, *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		_, err := w.Write(packed.Bytes())
		return w.Result(), err
	})
	_, err = s.lend.Do(t.Context(), wish{})
	require.Error(t, err)
	require.Equal(t, fault.Internal, fault.KindOf(err))
}

// flood is an answer of 64 MiB that counts what is read of it.
type flood struct{ read int }

func (f *flood) Read(p []byte) (int, error) {
	if f.read > 64<<20 {
		return 0, io.EOF
	}
	f.read += len(p)
	return len(p), nil
}

func TestAnAnswerThatIsTooLargeIsNotReadToItsEnd(t *testing.T) {
	t.Parallel()
	s := open(t, setting{limits: remote.Limits{Answer: 64 << 10}}, always(nil))
	var body flood
	s.wire.Always(func(http.RoundTripper, *http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(&body),
		}, nil
	})
	_, err := s.lend.Do(t.Context(), wish{})
	require.ErrorContains(t, err, "larger")
	require.Equal(t, 1, s.wire.Sent())
	require.Less(t, body.read, 1<<20)
}

func TestMoreCallsThanAProcessTakesAreToldToComeLater(t *testing.T) {
	t.Parallel()
	begun, end := make(chan struct{}), make(chan struct{})
	var others atomic.Bool // who comes second must not wait for the first, if he is let in
	server := remote.NewServer(remote.ServerOptions{
		Contracts: []remote.Served{remote.Serve(contract(), remote.Handle(lend(), func(context.Context, wish) (loan, error) {
			if others.CompareAndSwap(false, true) {
				close(begun)
				<-end
			}
			return loan{}, nil
		}))},
		Log: slog.New(slog.DiscardHandler), Now: time.Now, Budget: 1,
	})
	s := &library{server: server}
	var one sync.WaitGroup
	one.Go(func() { post(t, s, "/banyan.library.v2/Lend") })
	<-begun
	w := post(t, s, "/banyan.library.v2/Lend")
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	close(end)
	one.Wait()
}

func TestCallsGoOverHTTP1AndOverH2C(t *testing.T) {
	t.Parallel()
	for scheme, proto := range map[string]string{"http": "HTTP/1.1", "h2c": "HTTP/2.0"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			ended := make(chan struct{})
			far := open(t, setting{}, func(ctx context.Context, w wish) (loan, error) {
				if w.Title == "hang" {
					<-ctx.Done()
					close(ended)
				}
				return loan{Title: w.Title}, ctx.Err()
			})
			at, err := far.server.Start(t.Context(), "127.0.0.1:0")
			require.NoError(t, err)
			near := open(t, setting{network: true, addresses: []string{scheme + "://" + at.String()}}, nil)
			var used string
			near.wire.Always(func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
				response, err := next.RoundTrip(r)
				if err == nil {
					used = response.Proto
				}
				return response, err
			})
			for range 3 {
				got, err := near.lend.Do(t.Context(), wish{Title: "Emma"})
				require.NoError(t, err)
				require.Equal(t, "Emma", got.Title)
			}
			require.Equal(t, proto, used)
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			_, err = near.lend.Do(ctx, wish{Title: "hang"})
			require.ErrorIs(t, err, context.DeadlineExceeded)
			<-ended // the callee was told
			require.NoError(t, far.server.Stop(t.Context()))
			_, err = near.lend.Do(t.Context(), wish{})
			require.ErrorIs(t, err, remote.ErrUnreachable)
		})
	}
}

func TestWithoutASecretOnlyThisMachineIsListenedTo(t *testing.T) {
	t.Parallel()
	s := open(t, setting{}, always(nil))
	_, err := s.server.Start(t.Context(), "0.0.0.0:0")
	require.ErrorIs(t, err, remote.ErrOpenToAll)
	s = open(t, setting{believes: secret}, always(nil))
	_, err = s.server.Start(t.Context(), "0.0.0.0:0")
	require.NoError(t, err)
	require.NoError(t, s.server.Stop(t.Context()))
	_, err = s.server.Start(t.Context(), "nowhere")
	require.ErrorContains(t, err, "listen for calls on nowhere")
}
