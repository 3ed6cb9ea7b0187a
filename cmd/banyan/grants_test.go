package main

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/internal/assembly"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const databaseSecret = "the secret of the database users of these tests"

// withoutUser is the address as a server may have it that migrates nothing.
func withoutUser(t *testing.T, database string) string {
	t.Helper()
	address, err := url.Parse(database)
	require.NoError(t, err)
	address.User = nil
	return address.String()
}

func TestAShopWorksWithAUserPerModuleAndNoOther(t *testing.T) {
	t.Parallel()
	database := dbtest.Only(t, sqldb.MySQL).URL(t)
	owner := []string{"BANYAN_DB=" + database, "BANYAN_DB_SECRET=" + databaseSecret}
	code, stdout, stderr := quickly(t, owner, "migrate", "--grants")
	require.Zero(t, code, stderr)
	for _, module := range assembly.ModuleNames() {
		require.Regexp(t, `(?m)^`+module+` +user \w+_`+module+` created, granted its schema$`, stdout)
	}
	code, again, stderr := quickly(t, owner, "migrate", "--grants")
	require.Zero(t, code, stderr)
	require.Equal(t, len(assembly.ModuleNames()), strings.Count(again, " as it was\n"), again)

	bare := withoutUser(t, database)
	settings := slices.Concat(tokens(), owner[1:], []string{"BANYAN_MIGRATE=off"})
	s := open(t, bare, settings...)
	status, body := s.get(t, "/readyz")
	require.Equal(t, http.StatusOK, status, body)
	importRoasters(t, s)
	placed := s.place(t)
	require.Equal(t, http.StatusCreated, placed.status)
	require.Equal(t, "confirmed", placed.Status, s.log)
	status, body = s.get(t, "/metrics")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, body, `banyan_outbox_events{module="order"}`)
	status, body = s.get(t, "/v1/system/events", "Authorization", "Bearer "+s.operator(t))
	require.Equal(t, http.StatusOK, status, body)
	require.NotContains(t, body, `"unreachable":true`)
	require.Zero(t, s.close(t), s.log)
	require.NotContains(t, s.log.String()+stdout+again, databaseSecret)

	commands := append(settings, "BANYAN_DB="+bare)
	require.Regexp(t, `(?m)^order +\d+ `, operate(t, commands, "events", "status"))
	got := importFile(t, commands, roasters()...)
	require.NoError(t, got.err, got.stderr)
	require.Contains(t, got.stdout, "unchanged 15")
}

func TestAWrongSecretEndsTheProgramWithTheReason(t *testing.T) {
	t.Parallel()
	database := dbtest.Only(t, sqldb.MySQL).MigratedURL(t, assembly.ModuleNames()...)
	const wrong = "another secret than the users were made with"
	environ := slices.Concat(tokens(), []string{"BANYAN_DB=" + database, "BANYAN_DB_SECRET=" + wrong, "BANYAN_ADDR=127.0.0.1:0"})
	for _, command := range [][]string{{"serve"}, {"events", "status"}} {
		code, stdout, stderr := quickly(t, environ, command...)
		require.Equal(t, 1, code)
		require.Regexp(t, `open schema of (catalog|order|payment|shipping): as \w+: .*BANYAN_DB_SECRET`, stderr)
		require.Contains(t, stderr, "banyan migrate --grants")
		require.NotContains(t, stdout+stderr, wrong)
		require.NotContains(t, stdout+stderr, "Aa1-", "with which every password begins")
	}
}

func TestGrantsNeedASecretAServerAndAUserBeforeAnythingIsMigrated(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for want, environ := range map[string][]string{
		"users of modules need MySQL or MariaDB and BANYAN_DB_SECRET": {"BANYAN_DB=sqlite:" + dir},
		"BANYAN_DB_SECRET: is for database users on MySQL":            {"BANYAN_DB=sqlite:" + dir, "BANYAN_DB_SECRET=" + databaseSecret},
		"and BANYAN_DB_SECRET":           {"BANYAN_DB=mysql://shop:hunter2@127.0.0.1:1/"},
		"BANYAN_DB_SECRET is not set":    {"BANYAN_DB=mysql://127.0.0.1:1/"},
		"the database URL names no user": {"BANYAN_DB=mysql://127.0.0.1:1/", "BANYAN_DB_SECRET=" + databaseSecret},
	} {
		code, stdout, stderr := quickly(t, environ, "migrate", "--grants")
		require.Equal(t, 1, code, want)
		require.Empty(t, stdout, want)
		require.Contains(t, stderr, want)
		require.NotContains(t, stderr, "hunter2")
	}
	require.NoDirExists(t, dir+"/order.db")
	code, _, stderr := quickly(t, slices.Concat(tokens(), []string{"BANYAN_DB=mysql://127.0.0.1:1/", "BANYAN_DB_SECRET=" + databaseSecret}), "serve")
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "the database URL names no user", "serve migrates, too, unless BANYAN_MIGRATE=off")
}
