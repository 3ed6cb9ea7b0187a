package route_test

import (
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/audit"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/route"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/web"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func options(p *process, timeout time.Duration) web.Options {
	return web.Options{Route: p.table.Pass, Timeout: timeout, Routes: []web.Routes{p.routes}}
}

func TestAKeyGoesTheSameWayUntilTheShareReachesIt(t *testing.T) {
	t.Parallel()
	far := other(t, "far")
	p := trunk(t, true, unguarded, far.URL)
	const papers = 200
	before := map[string]bool{}
	for _, share := range []int{0, 1, 5, 25, 50, 100} {
		p.change(t, fmt.Sprintf(`{"share":%d}`, share))
		now := map[string]bool{}
		for i := range papers {
			path := fmt.Sprintf("/v1/papers/%d", i)
			by := p.ask(t, "GET", path, "").by()
			require.Equal(t, by, p.ask(t, "GET", path, "").by())
			now[path] = by == "far"
			require.False(t, before[path] && !now[path], "%s came back at %d %%", path, share)
		}
		require.Equal(t, share == 100, all(now), "at %d %%", share)
		before = now
	}
	p.change(t, `{"share":0}`)
	require.Equal(t, "trunk", p.ask(t, "GET", "/v1/papers/1", "").by())
}

func all(of map[string]bool) bool {
	for _, is := range of {
		if !is {
			return false
		}
	}
	return true
}

func TestEveryChangeIsRecordedAndReachesOtherInstancesAndTheNextStart(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		far := other(t, "far")
		db := e.DB(t, module)
		one, two := trunkOn(t, db, true, nil), trunkOn(t, db, true, nil)
		require.Equal(t, "address_missing", refused(t, one, `{"share":5}`))
		require.Equal(t, "address_invalid", refused(t, one, `{"to":["ftp://x"]}`))
		require.Equal(t, "address_invalid", refused(t, one, `{"to":["http://x/path"]}`))
		require.Equal(t, "address_invalid", refused(t, one, `{"to":["http://user:password@x"]}`))
		require.Equal(t, "invalid", refused(t, one, `{"share":101}`))
		one.change(t, fmt.Sprintf(`{"share":100,"to":[%q],"reason":"tonight"}`, far.URL))
		one.change(t, `{"shadow":10}`)
		require.Equal(t, "far", one.ask(t, "GET", "/v1/papers/1", "").by(), "at once where it was said")
		require.Eventually(t, func() bool { return two.ask(t, "GET", "/v1/papers/1", "").by() == "far" }, time.Minute, 5*time.Millisecond)
		three := trunkOn(t, db, true, nil)
		require.Equal(t, "far", three.ask(t, "GET", "/v1/papers/1", "").by())
		require.Equal(t, 10, three.report(t).Shadow)
		require.EqualValues(t, 2, three.report(t).Revision)

		entries, err := audit.List(t.Context(), db, id.UUID{}, 10)
		require.NoError(t, err)
		require.Len(t, entries, 2)
		require.Equal(t, "operator", entries[1].Actor)
		require.Equal(t, "routes.change", entries[1].Action)
		require.Equal(t, "desk: share 0 -> 100, shadow 0 -> 0, to "+far.URL, entries[1].Target)
		require.Equal(t, "tonight", entries[1].Reason)
	})
}

func refused(t *testing.T, p *process, body string) string {
	t.Helper()
	a := p.ask(t, "PATCH", "/v1/system/routes/"+module, body, "Authorization", "Bearer "+operatorToken)
	require.GreaterOrEqual(t, a.StatusCode, 400, a.body)
	return a.problem.Code
}

func TestOnlyTheOperatorSeesAndChangesRoutes(t *testing.T) {
	t.Parallel()
	p := trunk(t, false, nil, nobody(t))
	for _, path := range []string{"/v1/system/routes", "/v1/system/routes/desk"} {
		require.Equal(t, 401, p.ask(t, "GET", path, "").StatusCode)
	}
	require.Equal(t, 401, p.ask(t, "PATCH", "/v1/system/routes/desk", `{"share":5}`).StatusCode)
	require.Equal(t, "module_not_hosted", refused(t, p, `{"share":5}`))
	operator := []string{"Authorization", "Bearer " + operatorToken}
	require.Equal(t, 404, p.ask(t, "GET", "/v1/system/routes/attic", "", operator...).StatusCode)
	require.Equal(t, 404, p.ask(t, "PATCH", "/v1/system/routes/attic", `{"share":5}`, operator...).StatusCode)
	list := p.ask(t, "GET", "/v1/system/routes", "", operator...)
	require.Contains(t, list.body, `"module":"desk","hosted":false`)
	require.Contains(t, list.body, `"share":100`)
}

func TestNoRequestIsLostWhileTheShareChanges(t *testing.T) {
	t.Parallel()
	one, two := other(t, "one"), other(t, "two")
	p := trunk(t, true, unguarded, one.URL, two.URL)
	var stop atomic.Bool
	const clients = 8
	counts, failures := make(chan int, clients), make(chan string, clients)
	for c := range clients {
		go func() {
			n := 0
			defer func() { counts <- n }()
			for !stop.Load() {
				key := fmt.Sprintf("%d-%d", c, n)
				a, err := p.try(t.Context(), "POST", "/v1/papers", `{"title":"x"}`, "Idempotency-Key", key)
				if err != nil || a.StatusCode != 201 {
					failures <- fmt.Sprint(err, a.body)
					return
				}
				n++
			}
		}()
	}
	for _, change := range []string{
		`{"share":1}`, `{"share":50,"shadow":50}`, `{"share":100}`, fmt.Sprintf(`{"to":[%q]}`, two.URL), `{"share":25}`, `{"to":[]}`, `{"share":0}`, `{"share":100}`,
	} {
		p.change(t, change)
		sent := len(p.papers()) + len(one.papers()) + len(two.papers())
		require.Eventually(t, func() bool {
			return len(p.papers())+len(one.papers())+len(two.papers()) > sent+50
		}, time.Minute, time.Millisecond)
	}
	stop.Store(true)
	answered := 0
	for range clients {
		answered += <-counts
	}
	require.Empty(t, failures)
	made := map[string]int{}
	for _, each := range []*process{p, one, two} {
		require.NotEmpty(t, each.papers())
		for _, key := range each.papers() {
			made[key]++
		}
	}
	require.Len(t, made, answered)
	for key, times := range made {
		require.Equal(t, 1, times, key)
	}
}

func TestOfTwoOperatorsWhoChangeAtOnceBothAreRecorded(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		db := e.DB(t, module)
		book := route.NewBook(func() []*sqldb.DB { return []*sqldb.DB{db} }, route.Settings{Peers: map[string][]string{module: {"http://127.0.0.1:1"}}}, time.Now)
		ended := make(chan error, 10)
		for share := range 10 {
			go func() {
				_, err := book.Change(t.Context(), "operator", "", module, route.Change{Share: &share})
				ended <- err
			}()
		}
		done := 0
		for range 10 {
			if err := <-ended; err == nil {
				done++
			} else {
				require.ErrorIs(t, err, route.ErrChanged)
			}
		}
		rule, err := book.Read(t.Context(), module)
		require.NoError(t, err)
		require.EqualValues(t, done, rule.Revision)
		entries, err := audit.List(t.Context(), db, id.UUID{}, 20)
		require.NoError(t, err)
		require.Len(t, entries, done)
	})
}
