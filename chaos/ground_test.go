package chaos_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest/mysqld"
)

// ground is the databases of one round: the rig sees them without the faults that stand between them
// and the instances.
type ground struct {
	engine  string
	direct  string   // BANYAN_DB, for the rig
	ways    []string // the same, for each instance
	network *network // MySQL
	server  *mysqld.Server
	disk    *disk // SQLite; nil where this machine has none to fill
}

const startLimit = 2 * time.Minute

// newServer starts a durable MariaDB or MySQL, which can be killed and started again.
func newServer(t *testing.T) *mysqld.Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startLimit)
	defer cancel()
	server, err := mysqld.Start(ctx, mysqld.Options{Durable: true})
	if errors.Is(err, mysqld.ErrNotFound) && os.Getenv("CI") != "true" {
		t.Skip(err, "; install one by make test-deps")
	}
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Stop() })
	return server
}

// onServer is a store that nobody has used yet, with a way to it for each instance.
func onServer(t *testing.T, server *mysqld.Server, name string, instances int) *ground {
	t.Helper()
	g := &ground{engine: "mysql", server: server, direct: server.DSN() + "?prefix=" + name + "_", network: lay(t, server.DSN(), instances)}
	for way := range instances {
		g.ways = append(g.ways, g.network.by(way, g.direct))
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), startLimit)
		defer cancel()
		_ = mysqld.Drop(ctx, server.DSN(), name+"_") // a server that a failed test left dead goes with its folder
	})
	return g
}

// onFiles is a store in files, on a disk that can be filled where this machine lets us have one.
func onFiles(t *testing.T) *ground {
	t.Helper()
	folder := t.TempDir()
	g := &ground{engine: "sqlite", disk: newDisk(t, folder)}
	g.direct = "sqlite:" + folder
	g.ways = []string{g.direct}
	return g
}

// users are the settings by which the shop has a database user per module, where there are users.
func (g *ground) users() []string {
	if g.server == nil {
		return nil
	}
	return []string{"BANYAN_DB_SECRET=chaos-secret-of-database-users-0123456789"}
}

// open reads a schema past its owner: on SQLite a second reader of the file.
func (g *ground) open(t *testing.T, module string) *sql.DB {
	t.Helper()
	db, err := g.connect(module)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func (g *ground) connect(module string) (*sql.DB, error) {
	if folder, ok := strings.CutPrefix(g.direct, "sqlite:"); ok {
		return sql.Open("sqlite", "file:"+filepath.Join(folder, module+".db")+"?_pragma=query_only(1)&_pragma=busy_timeout(5000)")
	}
	u, err := url.Parse(g.direct)
	if err != nil {
		return nil, err
	}
	c := mysql.NewConfig()
	c.User = u.User.Username()
	c.Passwd, _ = u.User.Password()
	c.Net, c.Addr, c.DBName = "tcp", u.Host, u.Query().Get("prefix")+module
	c.Logger = &mysql.NopLogger{}
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

// crash kills the database server and starts it again at once.
func (g *ground) crash(t *testing.T) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), startLimit)
	defer cancel()
	if err := errors.Join(g.server.Crash(), g.server.Restart(ctx)); err != nil {
		t.Error(err)
		return false
	}
	return true
}

// sum reads one number, such as how many rows are pending, from a schema.
func sum(t *testing.T, db *sql.DB, query string) int64 {
	t.Helper()
	var n int64
	require.NoError(t, db.QueryRowContext(t.Context(), query).Scan(&n), query)
	return n
}

// What is under way between modules. What nobody hears waits for nobody, and goes when it goes.
var underWay = map[string]string{ //nolint:gochecknoglobals // constants
	"pending": "SELECT COUNT(*) FROM bus_outbox o WHERE EXISTS (SELECT 1 FROM bus_subscription s WHERE s.type = o.type)",
	"held":    "SELECT COUNT(*) FROM bus_held",
}

// unsettled says what is under way in some schemas.
func unsettled(ctx context.Context, dbs map[string]*sql.DB) (string, error) {
	var left []string
	for name, db := range dbs {
		for what, query := range underWay {
			var n int64
			if err := db.QueryRowContext(ctx, query).Scan(&n); err != nil {
				return "", err
			}
			if n > 0 {
				left = append(left, fmt.Sprintf("%d %s in %s", n, what, name))
			}
		}
	}
	return strings.Join(left, ", "), nil
}
