package route_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/route"
)

func TestItIsToldWhereCallsGoAndThatTheyStayWithoutAnAddress(t *testing.T) {
	t.Parallel()
	for says, settings := range map[string]route.Settings{
		`"called":false,"calls_to":[]`:                       {},
		`"called":true,"calls_to":[]`:                        {Called: []string{module}},
		`"called":true,"calls_to":["http://127.0.0.1:8081"]`: {Called: []string{module}, Calls: map[string][]string{module: {"http://127.0.0.1:8081"}}},
	} {
		settings.Peers = map[string][]string{module: {"http://127.0.0.1:1"}}
		p := trunk(t, true, func(o *route.Options) { o.Settings = settings })
		require.Equal(t, 0, p.log.count("calls of a module's contract stay here"))
		p.change(t, `{"share":50}`)
		stay := settings.Called != nil && settings.Calls == nil
		require.Equal(t, stay, p.report(t).Calls.Stay())
		require.Equal(t, stay, p.log.count("calls of a module's contract stay here") == 1)
		require.Contains(t, p.ask(t, "GET", "/v1/system/routes/desk", "", "Authorization", "Bearer "+operatorToken).body, says)
	}
}

func TestNothingReturnsTheShareOfAnUnguardedModule(t *testing.T) {
	t.Parallel()
	p := trunk(t, true, func(o *route.Options) { o.Unguarded = []string{module} }, "http://127.0.0.1:1")
	p.change(t, `{"share":50}`)
	p.observe(route.Away, 100, true, time.Millisecond)
	require.Equal(t, 50, p.share(t))
	require.Equal(t, 100, p.report(t).Away.Failed, "which is told all the same")
}

func TestAModuleHasASecondSideWhileARuleSaysSo(t *testing.T) {
	t.Parallel()
	p := trunk(t, true, nil, "http://127.0.0.1:1")
	for _, change := range []struct {
		body   string
		shares bool
	}{{`{"share":1}`, true}, {`{"share":0,"shadow":1}`, true}, {`{"shadow":0}`, false}} {
		p.change(t, change.body)
		require.Equal(t, change.shares, p.table.Shares(module), change.body)
	}
	var none *route.Table
	require.False(t, none.Shares(module))
	require.False(t, trunk(t, false, nil, "http://127.0.0.1:1").table.Shares(module), "all of it goes elsewhere")
}

func TestAProcessThatIsAwayIsNamedWhileItIsWanted(t *testing.T) {
	t.Parallel()
	there, gone := other(t, "far").URL, nobody(t)
	p := trunk(t, true, nil, there, gone)
	require.NoError(t, p.table.Reach(t.Context(), module), "nothing goes there")
	p.change(t, `{"share":50}`)
	err := p.table.Reach(t.Context(), module)
	require.ErrorContains(t, err, gone)
	require.NotContains(t, err.Error(), there)
	require.ErrorContains(t, trunk(t, false, nil, gone).table.Reach(t.Context(), module), gone)
	require.NoError(t, p.table.Reach(t.Context(), "attic"))
}
