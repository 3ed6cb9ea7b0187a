package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/internal/assembly"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

func TestRoutesAreChangedWithOrWithoutAServer(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		url := e.MigratedURL(t, assembly.ModuleNames()...)
		const token = "operator-token-of-tests"
		settings := append(dbtest.Settings(url), "BANYAN_DEMO=off", "BANYAN_OPERATOR_TOKEN="+token, "BANYAN_SECRET="+strings.Repeat("s", 32))
		environ := append(settings, "BANYAN_DB="+url)
		require.Regexp(t, `(?m)^payment +0 % +0 % +- +- +- +-`, operate(t, environ, "routes"))
		operate(t, environ, "routes", "--module", "payment", "--to", "http://127.0.0.1:1,http://127.0.0.1:2", "--shadow", "10", "--reason", "tonight")
		shown := operate(t, environ, "routes", "--module", "payment", "--share", "5")
		require.Regexp(t, `(?m)^payment +5 % +10 % +http://127.0.0.1:1, http://127.0.0.1:2 `, shown)

		s := open(t, url, settings...)
		atServer := append(environ, "BANYAN_ADDR="+strings.TrimPrefix(s.url, "http://"))
		require.Regexp(t, `(?m)^payment +5 % +10 % +http://127.0.0.1:1, http://127.0.0.1:2 +- +- +0 of 0`, operate(t, atServer, "routes", "--live"))
		require.Regexp(t, `(?m)^payment +0 % `, operate(t, atServer, "routes", "--live", "--module", "payment", "--share", "0"))
		require.Contains(t, operate(t, atServer, "routes", "--json", "--module", "order"), `"share":0`)
		_, audit := s.get(t, "/v1/system/audit", "Authorization", "Bearer "+token)
		require.Equal(t, 3, strings.Count(audit, `"action":"routes.change"`), audit)
		require.Contains(t, audit, "payment: share 5 -> 0, shadow 10 -> 10", audit)
	})
}

func TestAShareSaysWhereCallsGo(t *testing.T) {
	t.Parallel()
	url := dbtest.Only(t, sqldb.SQLite).MigratedURL(t, assembly.ModuleNames()...)
	environ := []string{"BANYAN_DB=" + url, "BANYAN_ROUTES=catalog=http://127.0.0.1:1;payment=http://127.0.0.1:1"}
	require.NotContains(t, operate(t, environ, "routes"), "calls")
	require.Regexp(t, `(?m)^catalog +50 % .* calls stay here: BANYAN_PEERS names no address of catalog$`,
		operate(t, environ, "routes", "--module", "catalog", "--share", "50"))
	require.NotContains(t, operate(t, environ, "routes", "--module", "payment", "--share", "50"), "calls", "nobody calls payment")
	environ = append(environ, "BANYAN_PEERS=catalog=http://127.0.0.1:2")
	require.Regexp(t, `(?m)^catalog +50 % .* calls go to http://127.0.0.1:2$`, operate(t, environ, "routes"))
}

func TestRoutesThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	url := dbtest.Only(t, sqldb.SQLite).MigratedURL(t, assembly.ModuleNames()...)
	for want, args := range map[string][]string{
		"which module?":     {"--share", "5"},
		"module_not_found":  {"--module", "attic", "--share", "5"},
		"address_missing":   {"--module", "payment", "--share", "5"},
		"address_invalid":   {"--module", "payment", "--to", "127.0.0.1:80"},
		"body.share":        {"--module", "payment", "--share", "101"},
		"unknown command":   {"payment"},
		"no server answers": {"--live"},
	} {
		code, stdout, stderr := quickly(t, []string{"BANYAN_DB=" + url, "BANYAN_ADDR=127.0.0.1:1"}, append([]string{"routes"}, args...)...)
		require.Equal(t, 1, code, stdout)
		require.Contains(t, stderr, want)
	}
}
