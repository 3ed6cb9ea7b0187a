package route_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/route"
)

// shadowed is a trunk that asks both sides everything that is safe.
func shadowed(t *testing.T, change func(*route.Options)) (p, far *process) {
	t.Helper()
	far = other(t, "far")
	p = trunk(t, true, change, far.URL)
	p.change(t, `{"shadow":100}`)
	return p, far
}

// counts waits until n answers were compared, or could not be.
func (p *process) counts(t *testing.T, n int) (c route.Counts) {
	t.Helper()
	require.Eventually(t, func() bool {
		for _, c = range p.report(t).Compared {
			if c.Same+c.Different+c.Failed+c.Dropped >= int64(n) {
				return true
			}
		}
		return false
	}, time.Minute, time.Millisecond)
	return c
}

func TestAnswersThatDifferAreReportedWithoutTheirValues(t *testing.T) {
	t.Parallel()
	for _, share := range []int{0, 100} {
		t.Run(fmt.Sprintf("at a share of %d", share), func(t *testing.T) {
			t.Parallel()
			p, far := shadowed(t, func(o *route.Options) {
				o.Ignore = map[string][]string{"*": {"request_id"}, "GET /v1/papers/{id}": {"lines[].at"}}
			})
			p.change(t, fmt.Sprintf(`{"share":%d}`, share))
			p.says(`{"request_id":"a","email":"eve@example.com","total":{"amount":100},"lines":[{"at":1,"sku":"A"},{"at":2,"sku":"B"}],"here":true}`)
			far.says(`{"request_id":"b","email":"bob@example.com","total":{"amount":"100"},"lines":[{"at":3,"sku":"A"},{"at":4,"sku":"C"}],"away":[]}`)
			a := p.ask(t, "GET", "/v1/papers/1", "", "X-Request-Id", "asked-1")
			require.Equal(t, map[int]string{0: "trunk", 100: "far"}[share], a.by())
			require.Equal(t, route.Counts{Module: module, Operation: "GET /v1/papers/{id}", Different: 1}, p.counts(t, 1))
			found := p.report(t).Findings
			require.Len(t, found, 1)
			require.Equal(t, "asked-1", found[0].RequestID)
			require.Equal(t, map[int]route.Side{0: route.Here, 100: route.Away}[share], found[0].Primary)
			require.Equal(t, []route.Difference{
				{Path: "away", What: "missing here, list away"},
				{Path: "email", What: "another text"},
				{Path: "here", What: "boolean here, missing away"},
				{Path: "lines[].sku", What: "another text"},
				{Path: "total.amount", What: "number here, text away"},
			}, found[0].Differences)
			shown := p.ask(t, "GET", "/v1/system/routes/desk", "", "Authorization", "Bearer "+operatorToken).body
			require.Contains(t, shown, `"path":"lines[].sku"`)
			require.NotContains(t, shown, "example.com")
			require.Contains(t, p.ask(t, "GET", "/metrics", "").body,
				`banyan_route_shadows_total{module="desk",operation="GET /v1/papers/{id}",result="different"} 1`)
		})
	}
}

func TestTheClientNeverGetsTheAnswerOfTheShadow(t *testing.T) {
	t.Parallel()
	p, far := shadowed(t, nil)
	far.says(`{"id":"of the shadow"}`)
	require.Equal(t, 201, p.ask(t, "POST", "/v1/papers", `{"title":"x"}`, "Idempotency-Key", "k").StatusCode)
	require.Equal(t, 200, p.ask(t, "PUT", "/v1/papers/1", "").StatusCode)
	for i := range 40 {
		a := p.ask(t, "GET", fmt.Sprintf("/v1/papers/%d", i), "")
		require.Equal(t, "trunk", a.by())
		require.JSONEq(t, fmt.Sprintf(`{"id":"%d"}`, i), a.body)
	}
	counts := p.counts(t, 40)
	require.EqualValues(t, 40, counts.Different+counts.Dropped)
	require.Equal(t, []route.Counts{counts}, p.report(t).Compared, "only what is safe is asked twice")
	require.Empty(t, far.papers())
	require.Zero(t, p.report(t).Away.Requests, "what a shadow does tells nothing of the share")
}

func TestAnswersThatAreTheSameAreCountedAndAStatusThatDiffersIsFound(t *testing.T) {
	t.Parallel()
	p, far := shadowed(t, nil)
	p.ask(t, "GET", "/v1/papers/1", "")
	require.EqualValues(t, 1, p.counts(t, 1).Same)
	require.Empty(t, p.report(t).Findings)
	far.fail(fault.NotFound)
	p.ask(t, "GET", "/v1/papers/1", "")
	require.EqualValues(t, 1, p.counts(t, 2).Different)
	require.Equal(t, []route.Difference{{What: "status 200 here, 404 away"}}, p.report(t).Findings[0].Differences)
}

// The shadow hangs: nobody who asks the primary notices, and what is too much is dropped.
func TestAShadowThatHangsDelaysNobody(t *testing.T) {
	t.Parallel()
	slow := other(t, "slow")
	slow.slow = make(chan struct{})
	t.Cleanup(func() { close(slow.slow) })
	p := trunk(t, true, nil, slow.URL)
	p.change(t, `{"shadow":100}`)
	for i := range 150 {
		require.Equal(t, "trunk", p.ask(t, "GET", fmt.Sprintf("/v1/papers/%d", i), "").by())
	}
	require.GreaterOrEqual(t, p.counts(t, 80).Dropped, int64(80), "64 wait and 2 are being asked")
	require.LessOrEqual(t, slow.served(), 4)
}

func TestAShadowThatIsAwayHarmsNobody(t *testing.T) {
	t.Parallel()
	p := trunk(t, true, nil, nobody(t))
	p.change(t, `{"shadow":100}`)
	require.Equal(t, "trunk", p.ask(t, "GET", "/v1/papers/1", "").by())
	require.EqualValues(t, 1, p.counts(t, 1).Failed)
}

func TestASampleIsItsPart(t *testing.T) {
	t.Parallel()
	p, far := shadowed(t, nil)
	p.change(t, `{"shadow":0}`)
	p.ask(t, "GET", "/v1/papers/1", "")
	p.change(t, `{"shadow":20}`)
	for i := range 200 {
		p.ask(t, "GET", fmt.Sprintf("/v1/papers/%d", i), "")
	}
	require.Eventually(t, func() bool { return far.served() > 20 }, time.Minute, time.Millisecond)
	require.Less(t, far.served(), 70)
}

func TestWhatOnlyAMomentExplainsIsNoDifference(t *testing.T) {
	t.Parallel()
	p, _ := shadowed(t, nil)
	now := map[route.Side]string{route.Here: `{"status":"confirmed"}`, route.Away: `{"status":"confirmed"}`}
	ask := func(_ context.Context, of route.Side) (route.Answer, error) {
		return route.Answer{Status: "ok", Body: []byte(now[of])}, nil
	}
	p.table.Compare(module, "Read", "key", route.Here, route.Answer{Status: "ok", Body: []byte(`{"status":"pending"}`)}, ask)
	require.Equal(t, route.Counts{Module: module, Operation: "desk.Read", Same: 1}, p.counts(t, 1))
	p.table.Compare(module, "Read", "key", route.Here, route.Answer{Status: "ok"}, func(context.Context, route.Side) (route.Answer, error) {
		return route.Answer{}, errors.New("no")
	})
	require.EqualValues(t, 1, p.counts(t, 2).Failed)
	p.table.Compare(module, "Read", "key", route.Here, route.Answer{Status: "ok"}, func(context.Context, route.Side) (route.Answer, error) {
		panic("a mistake")
	})
	require.EqualValues(t, 2, p.counts(t, 3).Failed)
}

func TestDifferencesAreFoundAtTheirPaths(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		here, away string
		ignore     []string
		values     bool
		want       []route.Difference
	}{
		"order of members":    {here: `{"a":1,"b":2}`, away: `{"b":2, "a":1}`},
		"number's form":       {here: `1`, away: `1.0`, want: []route.Difference{{What: "another number"}}},
		"long numbers":        {here: `{"n":9007199254740993}`, away: `{"n":9007199254740992}`, want: []route.Difference{{Path: "n", What: "another number"}}},
		"null":                {here: `{"a":null}`, away: `{}`, want: []route.Difference{{Path: "a", What: "null here, missing away"}}},
		"length":              {here: `{"a":[1,2]}`, away: `{"a":[1]}`, want: []route.Difference{{Path: "a[]", What: "2 elements here, 1 away"}}},
		"many elements, once": {here: `[[1,1,1]]`, away: `[[2,2,2]]`, want: []route.Difference{{Path: "[][]", What: "another number"}}},
		"ignored":             {here: `{"a":{"b":1},"c":[{"d":1}]}`, away: `{"a":{"b":2},"c":[{"d":2}]}`, ignore: []string{"a", "c[].d"}},
		"ignored and missing": {here: `{"a":1}`, away: `{}`, ignore: []string{"a"}},
		"name that is data":   {here: `{"eve@example.com":1}`, away: `{"eve@example.com":2}`, want: []route.Difference{{Path: "?", What: "another number"}}},
		"no JSON":             {here: `a`, away: `b`, want: []route.Difference{{What: "not JSON, and not the same"}}},
		"same bytes":          {here: `a`, away: `a`},
		"values":              {here: `{"a":"x"}`, away: `{"a":"y"}`, values: true, want: []route.Difference{{Path: "a", What: "another text", Here: `"x"`, Away: `"y"`}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := func(text string) route.Answer { return route.Answer{Status: "200", Body: []byte(text)} }
			require.Equal(t, c.want, route.Compare(answer(c.here), answer(c.away), c.ignore, c.values))
		})
	}
}
