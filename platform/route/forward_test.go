package route_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/route"
)

func TestWhatIsNotHostedHereIsAskedOfTheOtherProcess(t *testing.T) {
	t.Parallel()
	far := other(t, "far")
	p := trunk(t, false, nil, far.URL)
	a := p.ask(t, "GET", "/v1/papers/7", "", "X-Request-Id", "asked-1")
	require.Equal(t, 200, a.StatusCode, a.body)
	require.Equal(t, "far", a.by())
	require.JSONEq(t, `{"id":"7"}`, a.body)
	for name, want := range map[string]string{"X-Request-Id": "asked-1", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"} {
		require.Equal(t, []string{want}, a.Header.Values(name), "once, though both processes say it")
	}
	require.Equal(t, "trunk", p.ask(t, "GET", "/v1/own", "").by(), "who has no route is served here")
	require.Zero(t, p.served())
	require.Equal(t, 200, p.ask(t, "HEAD", "/v1/papers/7", "").StatusCode)
}

func TestAnErrorOfTheOtherProcessIsAnsweredAsItIs(t *testing.T) {
	t.Parallel()
	far := other(t, "far")
	p := trunk(t, false, nil, far.URL)
	a := p.ask(t, "POST", "/v1/papers", `{"title":""}`, "Idempotency-Key", "k", "X-Request-Id", "bad-1")
	require.Equal(t, 422, a.StatusCode)
	require.Equal(t, "application/problem+json", a.Header.Get("Content-Type"))
	require.Equal(t, "body.title", a.problem.Errors[0].Location)
	require.Equal(t, "bad-1", a.problem.RequestID)
	far.fail(fault.Unavailable)
	a = p.ask(t, "POST", "/v1/papers", `{"title":"x"}`, "Idempotency-Key", "k")
	require.Equal(t, "sick", a.problem.Code)
	require.Equal(t, "1", a.Header.Get("Retry-After"))
	require.Equal(t, 404, p.ask(t, "GET", "/v1/nowhere", "").StatusCode)
}

func TestTheOtherProcessIsToldWhoAsksAndNothingOfThisHop(t *testing.T) {
	t.Parallel()
	far := other(t, "far")
	p := trunk(t, false, nil, far.URL)
	trace := "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	a := p.ask(t, "POST", "/v1/papers", `{"title":"x"}`, "Idempotency-Key", "k", "Traceparent", trace, "Prefer", "wait=10",
		"Authorization", "Bearer t", "X-Forwarded-For", "203.0.113.9", "X-Forwarded-Proto", "https", "Forwarded", "for=203.0.113.9",
		"Connection", "X-Secret-Hop", "X-Secret-Hop", "1", "Te", "gzip")
	require.Equal(t, 201, a.StatusCode, a.body)
	got := far.lastHeard()
	require.Equal(t, trace, got.Get("Traceparent"))
	require.Equal(t, "wait=10", got.Get("Prefer"))
	require.Equal(t, "Bearer t", got.Get("Authorization"))
	require.Equal(t, a.Header.Get("X-Request-Id"), got.Get("X-Request-Id"), "which the trunk has made")
	require.Equal(t, "203.0.113.9, 127.0.0.1", got.Get("X-Forwarded-For"))
	require.Equal(t, "https", got.Get("X-Forwarded-Proto"))
	require.Equal(t, strings.TrimPrefix(p.URL, "http://"), got.Get("X-Forwarded-Host"))
	require.Equal(t, fmt.Sprintf("for=203.0.113.9, for=127.0.0.1;host=%q", strings.TrimPrefix(p.URL, "http://")), got.Get("Forwarded"))
	require.NotContains(t, got, "X-Secret-Hop")
	require.NotContains(t, got, "Te")
}

func TestAModuleThatNobodyServesIsAProblemThatNamesIt(t *testing.T) {
	t.Parallel()
	for name, peers := range map[string][]string{"nobody listens": {nobody(t), nobody(t)}, "no address": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := trunk(t, false, nil, peers...)
			a := p.ask(t, "POST", "/v1/papers", `{"title":"x"}`)
			require.Equal(t, 503, a.StatusCode)
			require.Equal(t, "module_unreachable", a.problem.Code)
			require.JSONEq(t, `{"module":"desk"}`, string(a.problem.Details))
			require.Contains(t, a.problem.Detail, "desk")
			require.Equal(t, "2", a.Header.Get("Retry-After"))
			require.NotEmpty(t, a.problem.RequestID)
			require.NotContains(t, a.body, "127.0.0.1")
			require.Equal(t, "trunk", p.ask(t, "GET", "/v1/own", "").by())
		})
	}
}

func TestAddressesAreAskedInTurn(t *testing.T) {
	t.Parallel()
	one, two := other(t, "one"), other(t, "two")
	p := trunk(t, false, nil, one.URL, nobody(t), two.URL)
	for i := range 60 {
		require.Equal(t, 200, p.ask(t, "GET", fmt.Sprintf("/v1/papers/%d", i), "").StatusCode)
		require.Equal(t, 201, p.ask(t, "POST", "/v1/papers", `{"title":"without a key"}`).StatusCode, "nobody had it yet")
	}
	for _, each := range []*process{one, two} {
		require.InDelta(t, 30, each.served(), 20)
		require.NotEmpty(t, each.papers())
	}
	require.Len(t, append(one.papers(), two.papers()...), 60)
}

// The first address takes the request and cuts the connection: what it did nobody knows.
func TestOnlyWhatMayBeRepeatedIsSentAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method, path, key string
		repeated          bool
	}{
		"a reading":               {"GET", "/v1/papers/1", "", true},
		"a command with a key":    {"POST", "/v1/papers", "k", true},
		"a command without one":   {"POST", "/v1/papers", "", false},
		"another method with one": {"PUT", "/v1/papers/1", "k", false},
	} {
		for _, hosts := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, hosted here: %v", name, hosts), func(t *testing.T) {
				t.Parallel()
				far := other(t, "far")
				url, taken := cutting(t)
				p := trunk(t, hosts, nil, url, url, url)
				if hosts {
					p.change(t, `{"share":100}`)
				} else {
					p = trunk(t, false, nil, url, far.URL, url)
				}
				answered := 0
				for range 3 { // whoever is first in turn
					body, header := "", []string{}
					if c.method != "GET" {
						body = `{"title":"x"}`
					}
					if c.key != "" {
						header = []string{"Idempotency-Key", c.key}
					}
					a := p.ask(t, c.method, c.path, body, header...)
					if a.StatusCode < 300 {
						answered++
						continue
					}
					require.Equal(t, "module_unreachable", a.problem.Code, a.body)
				}
				worked := far.served() + len(far.papers()) + p.served() + len(p.papers())
				require.Equal(t, answered, worked)
				if c.repeated {
					require.Equal(t, 3, answered)
					require.NotZero(t, taken.Load())
					return
				}
				require.Equal(t, 3, int(taken.Load())+worked, "each was sent once")
				require.NotZero(t, taken.Load())
			})
		}
	}
}

func TestAShareWhoseProcessIsAwayIsServedHere(t *testing.T) {
	t.Parallel()
	p := trunk(t, true, nil, nobody(t))
	p.change(t, `{"share":100}`)
	require.Equal(t, "trunk", p.ask(t, "GET", "/v1/papers/1", "").by())
	require.Equal(t, 201, p.ask(t, "POST", "/v1/papers", `{"title":"x"}`).StatusCode)
	require.Equal(t, 201, p.ask(t, "POST", "/v1/papers", `{"title":"x"}`, "Idempotency-Key", "k").StatusCode)
	require.Equal(t, []string{"", "k"}, p.papers(), "with its body, and once")
}

func TestAnUploadGoesThroughAsItComes(t *testing.T) {
	t.Parallel()
	far := other(t, "far")
	p := trunk(t, false, nil, far.URL)
	body, feed := io.Pipe()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+"/v1/uploads", body)
	require.NoError(t, err)
	r.Header.Set("Content-Type", "text/csv")
	r.Header.Set("Idempotency-Key", "k")
	answered := make(chan string, 1)
	go func() {
		response, err := p.Client().Do(r)
		if err != nil {
			answered <- err.Error()
			return
		}
		defer response.Body.Close()
		text, _ := io.ReadAll(response.Body)
		answered <- string(text)
	}()
	const part = 1 << 10
	for range 4 { // each arrives before the next one is sent
		_, err = feed.Write([]byte(strings.Repeat("x", part)))
		require.NoError(t, err)
		for got := 0; got < part; {
			got += <-far.chunks
		}
	}
	require.NoError(t, feed.Close())
	require.JSONEq(t, `{"bytes":4096}`, <-answered)
}

func TestAClientThatGoesAwayIsGoneAtTheOtherProcess(t *testing.T) {
	t.Parallel()
	far := other(t, "far")
	p := trunk(t, false, nil, far.URL)
	ctx, leave := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := p.try(ctx, "GET", "/v1/patience", "")
		ended <- err
	}()
	<-far.waits
	leave()
	require.ErrorIs(t, <-ended, context.Canceled)
	select {
	case <-far.gone:
	case <-time.After(20 * time.Second): // it gives up by itself after 35 s
		require.Fail(t, "the other process still works for a client that has left")
	}
	require.Zero(t, p.report(t).Away.Failed, "which is nobody's failure")
}

func TestAProcessThatDoesNotAnswerIsGivenUpInTime(t *testing.T) {
	t.Parallel()
	far := other(t, "far")
	p := newProcess("trunk")
	table, err := route.NewTable(route.Options{
		Modules: []string{module}, Settings: route.Settings{Peers: map[string][]string{module: {far.URL}}}, Now: time.Now, Log: quiet(), Metrics: p.metrics,
	})
	require.NoError(t, err)
	p.table = table
	p.serve(t, options(p, 50*time.Millisecond))
	a := p.ask(t, "GET", "/v1/patience", "")
	require.Equal(t, 503, a.StatusCode)
	require.Equal(t, "timeout", a.problem.Code)
	<-far.gone
	require.Equal(t, 1, p.report(t).Away.Failed)
}

// Two processes that take each other for the module's host would pass a request to and fro.
func TestWhatWasForwardedIsNotForwardedAgain(t *testing.T) {
	t.Parallel()
	far := other(t, "far")
	neither := trunk(t, false, nil, far.URL)
	a := neither.ask(t, "GET", "/v1/papers/1", "", route.RoutedHeader, "1")
	require.Equal(t, "module_unreachable", a.problem.Code)
	require.Zero(t, far.served())
	host := trunk(t, true, nil, far.URL)
	host.change(t, `{"share":100}`)
	require.Equal(t, "trunk", host.ask(t, "GET", "/v1/papers/1", "", route.RoutedHeader, "1").by())
	require.Equal(t, "far", host.ask(t, "GET", "/v1/papers/1", "").by())
}
