package mysqld_test

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"syscall"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest/mysqld"
)

func TestAServerAnswersUntilItIsStoppedAndLeavesNothing(t *testing.T) {
	needBinary(t)
	t.Setenv("TMPDIR", shortFolder(t))

	server, err := mysqld.Start(t.Context(), mysqld.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Stop() })
	require.Regexp(t, `^(MariaDB|MySQL) \d+\.\d+\.\d+$`, server.Version())
	require.NoError(t, alive(server.PID()))
	require.Len(t, entries(t, os.TempDir()), 1, "one folder per server")
	db := open(t, server.DSN())
	_, err = db.ExecContext(t.Context(), "CREATE DATABASE banyan_x")
	require.NoError(t, err)

	require.NoError(t, server.Stop())
	require.ErrorIs(t, alive(server.PID()), syscall.ESRCH)
	require.Empty(t, entries(t, os.TempDir()))
	require.Error(t, db.PingContext(t.Context()))
	require.NoError(t, server.Stop(), "a second stop changes nothing")
}

func TestACrashedServerComesBackWithWhatWasCommitted(t *testing.T) {
	t.Parallel()
	needBinary(t)
	server, err := mysqld.Start(t.Context(), mysqld.Options{Durable: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	db := open(t, server.DSN())
	for _, query := range []string{"CREATE DATABASE banyan_x", "CREATE TABLE banyan_x.t (id INT PRIMARY KEY)", "INSERT INTO banyan_x.t VALUES (7)"} {
		_, err := db.ExecContext(t.Context(), query)
		require.NoError(t, err)
	}
	first := server.PID()
	require.NoError(t, server.Crash())
	require.ErrorIs(t, alive(first), syscall.ESRCH)
	<-server.Done()

	require.NoError(t, server.Restart(t.Context()))
	require.NotEqual(t, first, server.PID())
	var id int
	require.NoError(t, open(t, server.DSN()).QueryRowContext(t.Context(), "SELECT id FROM banyan_x.t").Scan(&id))
	require.Equal(t, 7, id)
}

func TestADropTakesDatabasesAndUsersOfThePrefixAlone(t *testing.T) {
	t.Parallel()
	needBinary(t)
	server, err := mysqld.Start(t.Context(), mysqld.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	db := open(t, server.DSN())
	for _, query := range []string{
		"CREATE DATABASE banyan_x", "CREATE USER 'banyan_x'@'%'", "CREATE USER 'banyan_only'@'%'", "CREATE DATABASE banyanXy", "CREATE USER 'banyanXy'@'%'",
	} {
		_, err := db.ExecContext(t.Context(), query)
		require.NoError(t, err)
	}
	for range 2 {
		require.NoError(t, mysqld.Drop(t.Context(), server.DSN(), "banyan_"))
		var databases, users string
		require.NoError(t, db.QueryRowContext(t.Context(),
			"SELECT GROUP_CONCAT(schema_name) FROM information_schema.schemata WHERE schema_name LIKE 'banyan%'").Scan(&databases))
		require.NoError(t, db.QueryRowContext(t.Context(), "SELECT GROUP_CONCAT(user ORDER BY user) FROM mysql.user WHERE user LIKE 'banyan%'").Scan(&users))
		require.Equal(t, "banyanXy", databases)
		require.Equal(t, "banyan,banyanXy", users)
	}
}

func TestAServerLetsNobodyInWithoutItsPassword(t *testing.T) {
	t.Parallel()
	needBinary(t)
	server, err := mysqld.Start(t.Context(), mysqld.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })

	for _, user := range []string{"root", "", "banyan"} {
		address, err := url.Parse(server.DSN())
		require.NoError(t, err)
		address.User = url.User(user)
		_, err = mysqld.Version(t.Context(), address.String())
		var refusal *mysql.MySQLError
		require.ErrorAs(t, err, &refusal, user)
		require.EqualValues(t, 1045, refusal.Number, user)
	}
}

func TestADurableServerFlushesEachCommit(t *testing.T) {
	t.Parallel()
	needBinary(t)
	for durable, want := range map[bool]string{true: "1", false: "2"} {
		server, err := mysqld.Start(t.Context(), mysqld.Options{Durable: durable})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, server.Stop()) })
		var name, value string
		row := open(t, server.DSN()).QueryRowContext(t.Context(), "SHOW VARIABLES LIKE 'innodb_flush_log_at_trx_commit'")
		require.NoError(t, row.Scan(&name, &value))
		require.Equal(t, want, value)
	}
}

func TestAFailedStartTellsWhyAndLeavesNothing(t *testing.T) {
	needBinary(t)
	t.Setenv("TMPDIR", shortFolder(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := mysqld.Start(ctx, mysqld.Options{})
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, entries(t, os.TempDir()))
}

// needBinary skips a test on a machine without a server. CI must have one, unless it brought one of
// its own that is not started here.
func needBinary(t *testing.T) {
	t.Helper()
	if _, err := mysqld.Find(); err != nil {
		require.False(t, os.Getenv("CI") == "true" && os.Getenv("BANYAN_TEST_MYSQL_DSN") == "",
			"CI needs a database server: make test-deps")
		t.Skip(err)
	}
}

// shortFolder is a temporary folder whose path leaves room for a socket, unlike t.TempDir with its
// test name.
func shortFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("/tmp", "banyan-test-") //nolint:usetesting // see above
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(folder)) })
	return folder
}

func entries(t *testing.T, folder string) []os.DirEntry {
	t.Helper()
	list, err := os.ReadDir(folder)
	require.NoError(t, err)
	return list
}

func open(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	address, err := url.Parse(dsn)
	require.NoError(t, err)
	config := mysql.NewConfig()
	config.User = address.User.Username()
	config.Passwd, _ = address.User.Password()
	config.Net, config.Addr = "tcp", address.Host
	config.Logger = &mysql.NopLogger{}
	connector, err := mysql.NewConnector(config)
	require.NoError(t, err)
	db := sql.OpenDB(connector)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// alive asks the kernel whether a process exists: nil or ESRCH.
func alive(pid int) error { return syscall.Kill(pid, 0) }
