package route_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/audit"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/route"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// clock goes on when it is told.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// watched is a trunk with all requests away, and a clock.
func watched(t *testing.T) (*process, *clock) {
	t.Helper()
	c := &clock{now: time.Now()}
	p := trunk(t, true, func(o *route.Options) { o.Now = c.Now }, "http://127.0.0.1:1")
	p.change(t, `{"share":50}`)
	return p, c
}

func (p *process) observe(side route.Side, n int, failed bool, took time.Duration) {
	for range n {
		p.table.Observe(module, side, failed, took)
	}
}

func (p *process) share(t *testing.T) int { t.Helper(); return p.report(t).Share }

func TestAShareReturnsWhenTooManyOfItsRequestsFail(t *testing.T) {
	t.Parallel()
	p, _ := watched(t)
	p.observe(route.Away, 18, false, time.Millisecond)
	p.observe(route.Away, 1, true, time.Millisecond)
	require.Equal(t, 50, p.share(t), "19 are too few to tell")
	p.observe(route.Away, 1, false, time.Millisecond)
	require.Equal(t, 50, p.share(t), "one of twenty is as many as may be")
	p.observe(route.Away, 1, true, time.Millisecond)
	require.Equal(t, 0, p.share(t))
	require.Equal(t, "errors: 2 of 21 requests failed there, 0 of 0 here", p.report(t).Tripped)
}

func TestFailuresHereReturnNothing(t *testing.T) {
	t.Parallel()
	p, _ := watched(t)
	p.observe(route.Here, 100, true, time.Millisecond)
	p.observe(route.Away, 100, false, time.Millisecond)
	require.Equal(t, 50, p.share(t))
}

func TestAShareReturnsWhenItsSlowestAreMuchSlowerThanHere(t *testing.T) {
	t.Parallel()
	p, _ := watched(t)
	p.observe(route.Here, 100, false, 100*time.Millisecond)
	p.observe(route.Away, 500, false, 250*time.Millisecond)
	require.Equal(t, 50, p.share(t), "twice as slow and 100 ms may be")
	p.observe(route.Away, 5, false, 400*time.Millisecond)
	require.Equal(t, 50, p.share(t), "fewer than one of a hundred don't count")
	p.observe(route.Away, 10, false, 400*time.Millisecond)
	require.Equal(t, 0, p.share(t))
	require.Contains(t, p.report(t).Tripped, "latency: 6 of 506 requests took longer than ")
}

func TestOneSlowRequestOfFewReturnsNothing(t *testing.T) {
	t.Parallel()
	p, _ := watched(t)
	p.observe(route.Here, 100, false, time.Millisecond)
	p.observe(route.Away, 30, false, time.Millisecond)
	p.observe(route.Away, 2, false, 10*time.Second)
	require.Equal(t, 50, p.share(t))
	p.observe(route.Away, 1, false, 10*time.Second)
	require.Equal(t, 0, p.share(t))
}

func TestWithoutAnythingToCompareWithOnlyTheVerySlowReturns(t *testing.T) {
	t.Parallel()
	p, _ := watched(t)
	p.observe(route.Away, 100, false, 10*time.Second)
	require.Equal(t, 50, p.share(t))
	p.observe(route.Away, 100, false, 20*time.Second)
	require.Equal(t, 0, p.share(t))
	p, c := watched(t)
	p.observe(route.Here, 100, false, time.Millisecond)
	p.observe(route.Away, 1, false, time.Millisecond) // what is here is looked at then
	c.pass(time.Hour)
	p.observe(route.Away, 100, false, time.Second)
	require.Equal(t, 0, p.share(t), "what was measured here an hour ago is still something to compare with")
}

func TestWhatWasLongAgoDoesNotCount(t *testing.T) {
	t.Parallel()
	p, c := watched(t)
	p.observe(route.Away, 19, true, time.Millisecond)
	c.pass(61 * time.Second)
	require.Zero(t, p.report(t).Away.Requests)
	p.observe(route.Away, 25, false, time.Millisecond)
	require.Equal(t, 50, p.share(t))
}

func TestAGuardReturnsOnceAndOnlyAnOperatorRaisesAgain(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		far := other(t, "far")
		db := e.DB(t, module)
		one, two := trunkOn(t, db, true, nil, far.URL), trunkOn(t, db, true, nil, far.URL)
		one.change(t, `{"share":100}`)
		require.NoError(t, two.table.Refresh(t.Context(), module))
		far.fail(fault.Internal)
		var asking sync.WaitGroup
		for _, p := range []*process{one, two} { // both find the same at the same time
			for range 4 {
				asking.Go(func() {
					for i := range 20 {
						_, _ = p.try(t.Context(), "GET", fmt.Sprintf("/v1/papers/%d", i), "")
					}
				})
			}
		}
		asking.Wait()
		for _, p := range []*process{one, two} {
			require.Equal(t, 0, p.share(t))
			require.Equal(t, "trunk", p.ask(t, "GET", "/v1/papers/1", "").by(), "at once")
			require.NoError(t, p.table.Refresh(t.Context(), module))
			require.EqualValues(t, 2, p.report(t).Revision, "the operator's, and one return")
			require.Equal(t, 1, p.log.count("returned by its guard"))
			require.Contains(t, p.ask(t, "GET", "/metrics", "").body, `banyan_route_returns_total{module="desk"} 1`)
			require.Contains(t, p.ask(t, "GET", "/metrics", "").body, `banyan_route_share_percent{module="desk"} 0`)
		}
		entries, err := audit.List(t.Context(), db, id.UUID{}, 10)
		require.NoError(t, err)
		require.Len(t, entries, 2)
		require.Equal(t, "guard", entries[0].Actor)
		require.Equal(t, "routes.return", entries[0].Action)
		require.Equal(t, "desk: share 100 -> 0, shadow 0 -> 0", entries[0].Target)
		require.Contains(t, entries[0].Reason, "errors: ")

		far.fail("")
		three := trunkOn(t, db, true, nil, far.URL)
		require.Equal(t, 0, three.share(t), "a restart raises nothing")
		require.Contains(t, three.report(t).Tripped, "errors: ")
		one.change(t, `{"shadow":5}`)
		require.Contains(t, one.report(t).Tripped, "errors: ", "an operator has not looked at the share")
		one.change(t, `{"share":100}`)
		require.Empty(t, one.report(t).Tripped)
		for i := range 50 {
			require.Equal(t, "far", one.ask(t, "GET", fmt.Sprintf("/v1/papers/%d", i), "").by(), "what was before is forgotten")
		}
	})
}

func TestAReturnHoldsWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	far := other(t, "far")
	db := dbtest.Only(t, sqldb.SQLite).DB(t, module)
	p := trunkOn(t, db, true, nil, far.URL)
	p.change(t, `{"share":100}`)
	exec := func(query string) {
		require.NoError(t, sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(t.Context(), query)
			return err
		}))
	}
	exec("ALTER TABLE bus_audit RENAME TO bus_audit_away") // the return can't be written down
	p.observe(route.Away, 30, true, time.Millisecond)
	require.Equal(t, 0, p.share(t))
	require.Error(t, p.table.Refresh(t.Context(), module))
	require.Equal(t, 0, p.share(t), "the row still says 100")
	require.Equal(t, "trunk", p.ask(t, "GET", "/v1/papers/1", "").by())
	exec("ALTER TABLE bus_audit_away RENAME TO bus_audit")
	require.NoError(t, p.table.Refresh(t.Context(), module))
	rule, err := p.book.Read(t.Context(), module)
	require.NoError(t, err)
	require.Zero(t, rule.Share)
	require.Equal(t, 0, p.share(t))
}

// The guard finds its reason while an instance is reading the row, which still has the share.
func TestAReturnIsNotUndoneByWhatWasBeingRead(t *testing.T) {
	t.Parallel()
	var meanwhile atomic.Pointer[func()]
	e := dbtest.Only(t, sqldb.SQLite).With(sqldb.Options{Observe: func(s sqldb.Statement) {
		if f := meanwhile.Load(); f != nil && s.Tx == nil && strings.Contains(s.Query, "FROM bus_route") && meanwhile.CompareAndSwap(f, nil) {
			(*f)()
		}
	}})
	p := trunkOn(t, e.DB(t, module), true, nil, "http://127.0.0.1:1")
	p.change(t, `{"share":100}`)
	found := make(chan struct{})
	trip := func() {
		p.observe(route.Away, 30, true, time.Millisecond)
		close(found)
	}
	meanwhile.Store(&trip)
	require.NoError(t, p.table.Refresh(t.Context(), module))
	<-found
	require.Equal(t, 0, p.share(t))
	require.NoError(t, p.table.Refresh(t.Context(), module))
	require.Equal(t, 0, p.share(t))
}

func TestWithoutAnotherProcessNothingIsMeasured(t *testing.T) {
	t.Parallel()
	p := trunk(t, true, nil)
	require.Equal(t, "trunk", p.ask(t, "GET", "/v1/papers/1", "").by())
	require.Zero(t, p.report(t).Here.Requests)
	require.Zero(t, testutil.CollectAndCount(p.metrics, "banyan_route_requests_total"))
}
