package remote_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/audit"
	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/remote"
	"github.com/banyan-commerce/banyan/platform/remote/remotetest"
	"github.com/banyan-commerce/banyan/platform/route"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

type method func(context.Context, wish) (loan, error)

// branches are a library that is here and in another process, which tell by Days who has answered.
type branches struct {
	wire       remotetest.Wire
	here, away counted
	atHere     atomic.Pointer[method] // in place of what the library does
	atAway     atomic.Pointer[method]

	db     *sqldb.DB
	book   *route.Book
	table  *route.Table
	asked  *prometheus.Registry
	served *prometheus.Registry
	log    *lockedLog

	lend, sell, look remote.Shared[wish, loan]
}

const (
	days     = 14
	daysAway = 21
)

func (b *branches) library(n *counted, what *atomic.Pointer[method], days int) method {
	return n.of(func(ctx context.Context, w wish) (loan, error) {
		if f := what.Load(); f != nil {
			return (*f)(ctx, w)
		}
		return loan{Title: w.Title, Days: days, Notes: w.Words}, nil
	})
}

// branched makes them. Addresses are where calls go; what is asked of the first of them goes over the wire.
func branched(t *testing.T, o route.Options, addresses ...string) *branches {
	t.Helper()
	b := &branches{db: dbtest.Only(t, sqldb.SQLite).DB(t, "library"), log: &lockedLog{}, asked: prometheus.NewRegistry()}
	log := slog.New(slog.NewTextHandler(b.log, nil))
	o.Settings = route.Settings{
		Peers: map[string][]string{"library": {"http://127.0.0.1:1"}}, Calls: map[string][]string{"library": addresses}, Called: []string{"library"},
	}
	b.book = route.NewBook(func() []*sqldb.DB { return []*sqldb.DB{b.db} }, o.Settings, time.Now)
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Modules, o.Hosted, o.Book, o.Log, o.Metrics = []string{"library"}, []string{"library"}, b.book, log, b.asked
	var err error
	b.table, err = route.NewTable(o)
	require.NoError(t, err)
	require.NoError(t, b.table.Start(t.Context()))
	t.Cleanup(b.table.Stop)
	callees, served := meter(t)
	b.served = served
	callers, err := boundary.NewMeter(time.Now, slog.New(slog.DiscardHandler), b.asked)
	require.NoError(t, err)
	server := remote.NewServer(remote.ServerOptions{
		Contracts: serves(callees, b.library(&b.away, &b.atAway, daysAway)), Secret: secret, Log: log, Now: o.Now,
	})
	peers := remote.NewPeers(remote.PeerOptions{
		Addresses: map[string][]*url.URL{"library": parsed(t, addresses)}, Secret: secret, Meter: callers, Log: log, Now: o.Now,
		Limits: remote.Limits{Attempt: time.Second, Failures: 1 << 30}, Table: b.table,
		Wrap: func(http.RoundTripper) http.RoundTripper { return b.wire.Wrap(remotetest.Memory(server)) },
	})
	require.NoError(t, b.asked.Register(peers))
	t.Cleanup(peers.Close)
	peer, here := peers.Beside(contract()), b.library(&b.here, &b.atHere, days)
	lend, sell := lend(), sell()
	lend.Key, sell.Key = title, title
	b.lend, b.sell, b.look = remote.Share(peer, lend, here), remote.Share(peer, sell, here), remote.Share(peer, look(), here)
	return b
}

const somewhere = "http://127.0.0.1:1"

func (b *branches) change(t *testing.T, share, shadow int) {
	t.Helper()
	_, err := b.book.Change(t.Context(), "operator", "", "library", route.Change{Share: &share, Shadow: &shadow})
	require.NoError(t, err)
	require.NoError(t, b.table.Refresh(t.Context(), "library"))
}

func (b *branches) report(t *testing.T) route.Report {
	t.Helper()
	r, err := b.table.Report("library")
	require.NoError(t, err)
	return r
}

func (b *branches) askedOf() [2]int { return [2]int{b.here.calls(), b.away.calls()} }

func unguarded() route.Options { return route.Options{Unguarded: []string{"library"}} }

func TestACallGoesTheSameWayForItsKeyUntilTheShareReachesIt(t *testing.T) {
	t.Parallel()
	b := branched(t, unguarded(), somewhere)
	const books = 200
	before := map[string]bool{}
	for _, share := range []int{0, 1, 25, 50, 100} {
		b.change(t, share, 0)
		now := map[string]bool{}
		for i := range books {
			w := wish{Title: fmt.Sprint("book ", i)}
			got, err := b.sell.Do(t.Context(), w)
			require.NoError(t, err)
			again, err := b.lend.Do(t.Context(), w)
			require.NoError(t, err)
			require.Equal(t, got, again, "whatever is asked of it")
			away := got.Days == daysAway
			require.Equal(t, b.table.Side("library", w.Title) == route.Away, away, "as a request with this key")
			require.False(t, before[w.Title] && !away, "%s came back at %d %%", w.Title, share)
			if away {
				now[w.Title] = true
			}
		}
		require.InDelta(t, float64(books*share)/100, float64(len(now)), 25)
		before = now
	}
	require.Len(t, before, books)
}

func TestACallThatAnotherProcessSentIsDoneHere(t *testing.T) {
	t.Parallel()
	b := branched(t, unguarded(), somewhere)
	b.change(t, 100, 0)
	got, err := b.lend.Near(t.Context(), wish{})
	require.NoError(t, err)
	require.Equal(t, days, got.Days)
}

func TestWithoutAnAddressCallsStayHereAndThatIsTold(t *testing.T) {
	t.Parallel()
	b := branched(t, unguarded())
	require.NotContains(t, b.log.String(), "stay here")
	b.change(t, 100, 0)
	got, err := b.lend.Do(t.Context(), wish{})
	require.NoError(t, err)
	require.Equal(t, days, got.Days)
	require.True(t, b.report(t).Calls.Stay())
	require.Contains(t, b.log.String(), "calls of a module's contract stay here: BANYAN_PEERS names no address of it")
	require.Zero(t, b.report(t).Here.Requests, "there is nothing to compare them with")
}

// What fails there is done here, if nothing can happen twice by that.
func TestACallThatFailsThereIsDoneHereWhereThatDoesNothingTwice(t *testing.T) {
	t.Parallel()
	broken := func(context.Context, wish) (loan, error) { return loan{}, errors.New("a mistake") }
	later := func(context.Context, wish) (loan, error) {
		return loan{}, fault.New(fault.Unavailable, "later", "Later.")
	}
	conflict := func(context.Context, wish) (loan, error) { return loan{}, errLent }
	panics := func(context.Context, wish) (loan, error) { panic("a mistake") }
	unknown := func(_ http.RoundTripper, r *http.Request) (*http.Response, error) {
		return remotetest.Memory(http.NotFoundHandler()).RoundTrip(r)
	}
	for name, c := range map[string]struct {
		fault      remotetest.Fault
		away       method
		lend, sell bool // is done here
		fails      bool // and counts for the guard
	}{
		"nobody there":        {fault: refusedConnection, lend: true, sell: true, fails: true},
		"cut before":          {fault: remotetest.CutBefore, lend: true, fails: true},
		"answer lost":         {fault: remotetest.CutAfter, lend: true, fails: true},
		"answer cut":          {fault: remotetest.CutInside, lend: true, fails: true},
		"refused":             {fault: unknown, lend: true, sell: true, fails: true},
		"too late":            {fault: remotetest.Held(nil), lend: true, fails: true},
		"a mistake there":     {away: broken, lend: true, fails: true},
		"a panic there":       {away: panics, lend: true, fails: true},
		"later":               {away: later, lend: true, fails: true},
		"the contract's word": {away: conflict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := branched(t, unguarded(), somewhere)
			b.wire.Always(c.fault)
			if c.away != nil {
				b.atAway.Store(&c.away)
			}
			b.change(t, 100, 0)
			for _, one := range []struct {
				call remote.Shared[wish, loan]
				here bool
			}{{b.lend, c.lend}, {b.sell, c.sell}} {
				before := b.here.calls()
				got, err := one.call.Do(t.Context(), wish{Title: "Emma"})
				if !one.here {
					require.Error(t, err)
					require.Equal(t, !c.fails, errors.Is(err, errLent))
					require.Equal(t, before, b.here.calls())
					continue
				}
				require.NoError(t, err)
				require.Equal(t, days, got.Days)
				require.Equal(t, before+1, b.here.calls())
			}
			r := b.report(t)
			require.Equal(t, c.fails, r.Away.Failed == r.Away.Requests && r.Away.Failed > 0)
			require.Equal(t, b.here.calls(), r.Here.Requests)
		})
	}
}

func TestHalfOfACallsTimeIsLeftForDoingItHere(t *testing.T) {
	t.Parallel()
	b := branched(t, unguarded(), somewhere)
	b.wire.Always(remotetest.Held(nil))
	b.change(t, 100, 0)
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	got, err := b.lend.Do(ctx, wish{})
	require.NoError(t, err)
	require.Equal(t, days, got.Days)
}

func TestACallWhoseCallerLeavesIsNobodysFailureAndIsDoneNowhereElse(t *testing.T) {
	t.Parallel()
	b := branched(t, unguarded(), somewhere)
	b.change(t, 100, 0)
	ctx, cancel := context.WithCancel(t.Context())
	leaving := method(func(ctx context.Context, w wish) (loan, error) {
		cancel()
		return always(errors.New("too late"))(ctx, w)
	})
	b.atAway.Store(&leaving)
	_, err := b.lend.Do(ctx, wish{})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, [2]int{0, 1}, b.askedOf())
	require.Zero(t, b.report(t).Away.Requests)
}

func TestFailedCallsReturnTheShareOfRequestsAndCallsAndNobodyNotices(t *testing.T) {
	t.Parallel()
	b := branched(t, route.Options{}, somewhere)
	b.change(t, 50, 0)
	b.wire.Always(refusedConnection)
	for i := range 60 {
		got, err := b.lend.Do(t.Context(), wish{Title: fmt.Sprint(i)})
		require.NoError(t, err)
		require.Equal(t, days, got.Days)
	}
	require.Zero(t, b.report(t).Share)
	require.Equal(t, 20, b.wire.Sent(), "as many as it takes to know, and none after that")
	require.NoError(t, b.table.Refresh(t.Context(), "library"))
	require.Regexp(t, `^errors: 20 of 20 requests failed there, 0 of \d+ here$`, b.report(t).Tripped)
	entries, err := audit.List(t.Context(), b.db, id.UUID{}, 10)
	require.NoError(t, err)
	require.Equal(t, "guard", entries[0].Actor)
	require.Equal(t, "library: share 50 -> 0, shadow 0 -> 0", entries[0].Target)
	require.Equal(t, 20, b.counted(t, "side=away", "result=failed"))
	require.Zero(t, b.counted(t, "side=here", "result=failed"))
}

// counted is how many shared calls with these labels were.
func (b *branches) counted(t *testing.T, with ...string) int {
	t.Helper()
	families, err := b.asked.Gather()
	require.NoError(t, err)
	n := 0
	for _, f := range families {
		for _, m := range f.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			if f.GetName() == "banyan_route_calls_total" && slices.Contains(labels, with[0]) && slices.Contains(labels, with[1]) {
				n += int(m.GetCounter().GetValue())
			}
		}
	}
	return n
}

func TestCallsThatAreMuchSlowerThereReturnTheShare(t *testing.T) {
	t.Parallel()
	begin, passed := time.Now(), atomic.Int64{}
	b := branched(t, route.Options{Now: func() time.Time { return begin.Add(time.Duration(passed.Load())) }}, somewhere)
	b.change(t, 50, 0)
	slow := method(func(ctx context.Context, w wish) (loan, error) {
		passed.Add(int64(200 * time.Millisecond))
		return always(nil)(ctx, w)
	})
	b.atAway.Store(&slow)
	for i := range 60 {
		_, err := b.lend.Do(t.Context(), wish{Title: fmt.Sprint(i)})
		require.NoError(t, err)
	}
	require.Zero(t, b.report(t).Share)
	require.Contains(t, b.report(t).Tripped, "latency: ")
}

func TestWhatTheContractSaysNoToIsNobodysFailure(t *testing.T) {
	t.Parallel()
	b := branched(t, route.Options{}, somewhere)
	b.change(t, 100, 0)
	no := method(always(errLent))
	b.atAway.Store(&no)
	for i := range 50 {
		_, err := b.sell.Do(t.Context(), wish{Title: fmt.Sprint(i)})
		require.ErrorIs(t, err, errLent)
	}
	require.Equal(t, 100, b.report(t).Share)
	require.Zero(t, b.report(t).Away.Failed)
}

// compared waits until n calls were.
func (b *branches) compared(t *testing.T, n int) (c route.Counts) {
	t.Helper()
	require.Eventually(t, func() bool {
		for _, c = range b.report(t).Compared {
			if c.Same+c.Different+c.Failed+c.Dropped >= int64(n) {
				return true
			}
		}
		return false
	}, time.Minute, time.Millisecond)
	return c
}

func TestWhatReadsIsAskedOfBothSidesAndDifferencesAreReportedWithoutValues(t *testing.T) {
	t.Parallel()
	for _, share := range []int{0, 100} {
		t.Run(fmt.Sprintf("at a share of %d", share), func(t *testing.T) {
			t.Parallel()
			b := branched(t, unguarded(), somewhere)
			b.change(t, share, 100)
			boundary.Do(t.Context(), "desk", func(ctx context.Context) {
				got, err := b.look.Do(ctx, wish{Title: "Emma"})
				require.NoError(t, err)
				require.Equal(t, map[int]int{0: days, 100: daysAway}[share], got.Days)
			})
			require.Equal(t, route.Counts{Module: "library", Operation: "library.Look", Different: 1}, b.compared(t, 1))
			found := b.report(t).Findings[0]
			require.Equal(t, "Emma", found.RequestID)
			require.Equal(t, []route.Difference{{Path: "Days", What: "another number"}}, found.Differences)
			require.Equal(t, [2]int{2, 2}, b.askedOf(), "what differs is asked again")
			require.Equal(t, 1, b.report(t).Here.Requests+b.report(t).Away.Requests, "what a shadow does tells nothing of the share")
			require.Contains(t, strings.Join(callers(t, b.served), " "), "desk", "for the same caller")
		})
	}
}

func TestAComparisonAsksWhatWasAskedWhateverItsCallerDidToTheRequestSince(t *testing.T) {
	t.Parallel()
	for _, share := range []int{0, 100} {
		b := branched(t, unguarded(), somewhere)
		b.change(t, share, 100)
		release, heard := make(chan struct{}), make(chan []string, 10)
		other := method(func(_ context.Context, w wish) (loan, error) {
			<-release
			heard <- w.Words
			return loan{}, nil
		})
		map[int]*atomic.Pointer[method]{0: &b.atAway, 100: &b.atHere}[share].Store(&other)
		w := wish{Title: "Emma", Words: []string{"as it was"}}
		for range 3 { // two keep those busy who compare
			_, err := b.look.Do(t.Context(), w)
			require.NoError(t, err)
		}
		w.Words[0] = "changed"
		close(release)
		for range 3 {
			require.Equal(t, []string{"as it was"}, <-heard)
		}
	}
}

func callers(t *testing.T, metrics *prometheus.Registry) (names []string) {
	t.Helper()
	families, err := metrics.Gather()
	require.NoError(t, err)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if l.GetName() == "caller" {
					names = append(names, l.GetValue())
				}
			}
		}
	}
	return names
}

func TestBothSidesMayFailAlikeAndAnErrorOfOneIsADifference(t *testing.T) {
	t.Parallel()
	b := branched(t, unguarded(), somewhere)
	b.change(t, 0, 100)
	no := method(always(errLent))
	b.atHere.Store(&no)
	b.atAway.Store(&no)
	_, err := b.look.Do(t.Context(), wish{Title: "Emma"})
	require.ErrorIs(t, err, errLent)
	require.EqualValues(t, 1, b.compared(t, 1).Same)
	b.atAway.Store(nil)
	_, err = b.look.Do(t.Context(), wish{Title: "Emma"})
	require.ErrorIs(t, err, errLent)
	require.EqualValues(t, 1, b.compared(t, 2).Different)
	require.Equal(t, []route.Difference{{What: "status book_lent here, ok away"}}, b.report(t).Findings[0].Differences)
	b.wire.Always(refusedConnection)
	_, err = b.look.Do(t.Context(), wish{Title: "Emma"})
	require.ErrorIs(t, err, errLent)
	require.EqualValues(t, 1, b.compared(t, 3).Failed)
}

func TestWhatDoesSomethingIsNeverAskedTwice(t *testing.T) {
	t.Parallel()
	b := branched(t, unguarded(), somewhere)
	b.change(t, 50, 100)
	for i := range 100 {
		for _, call := range []remote.Shared[wish, loan]{b.lend, b.sell} {
			_, err := call.Do(t.Context(), wish{Title: fmt.Sprint(i)})
			require.NoError(t, err)
		}
	}
	_, err := b.look.Do(t.Context(), wish{Title: "Emma"})
	require.NoError(t, err)
	b.compared(t, 1)
	require.Equal(t, 200+4, b.here.calls()+b.away.calls())
}

// The other side hangs: no caller notices, and what is too much is dropped.
func TestAShadowOfCallsThatHangsDelaysNobody(t *testing.T) {
	t.Parallel()
	b := branched(t, unguarded(), somewhere)
	b.change(t, 0, 100)
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	b.wire.Always(remotetest.Held(release))
	for i := range 150 {
		got, err := b.look.Do(t.Context(), wish{Title: fmt.Sprint(i)})
		require.NoError(t, err)
		require.Equal(t, days, got.Days)
	}
	require.GreaterOrEqual(t, b.compared(t, 80).Dropped, int64(80), "64 wait and 2 are being asked")
}

func TestAnAddressAtWhichNobodyAnswersIsNamed(t *testing.T) {
	t.Parallel()
	there := remotetest.Serve(t)
	gone := nobody(t)
	peers := remote.NewPeers(remote.PeerOptions{
		Addresses: map[string][]*url.URL{"library": parsed(t, []string{there, gone}), "archive": parsed(t, []string{there})},
		Meter:     remotetest.Meter(t), Now: time.Now, Limits: remote.Limits{Failures: 1, Rest: time.Hour},
	})
	t.Cleanup(peers.Close)
	require.NoError(t, peers.Reach(t.Context(), "archive"))
	require.NoError(t, peers.Reach(t.Context(), "attic"))
	err := peers.Reach(t.Context(), "library")
	require.ErrorContains(t, err, gone)
	require.NotContains(t, err.Error(), there)
	peer, err := peers.Find(contract())
	require.NoError(t, err)
	for range 4 {
		_, err = remote.Bind(peer, sell()).Do(t.Context(), wish{})
		require.Error(t, err)
	}
	registry := prometheus.NewRegistry()
	require.NoError(t, registry.Register(peers))
	require.NoError(t, testutil.GatherAndCompare(registry, strings.NewReader(fmt.Sprintf(`
# HELP banyan_peer_breaker_state Whether an address of another process is called: 0, it is; 1, it rested, and the next call tries it; 2, it rests.
# TYPE banyan_peer_breaker_state gauge
banyan_peer_breaker_state{address=%q,module="archive"} 0
banyan_peer_breaker_state{address=%q,module="library"} 0
banyan_peer_breaker_state{address=%q,module="library"} 2
`, there, there, gone)), "banyan_peer_breaker_state"))
}

func nobody(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	return s.URL
}
