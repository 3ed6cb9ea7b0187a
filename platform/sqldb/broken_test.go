package sqldb_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"net"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// fragile connections break, and stay broken, at the next BEGIN after break is set.
type fragile struct {
	driver.Connector

	breaks *atomic.Bool
}

func (f fragile) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := f.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &fragileConn{Conn: c, breaks: f.breaks}, nil
}

type fragileConn struct {
	driver.Conn

	breaks *atomic.Bool
	broken bool // SQLite's writer is one goroutine
}

func (c *fragileConn) Prepare(query string) (driver.Stmt, error) {
	s, err := c.Conn.Prepare(query)
	return &fragileStmt{Stmt: s, conn: c, begins: query == "BEGIN IMMEDIATE"}, err
}

type fragileStmt struct {
	driver.Stmt

	conn   *fragileConn
	begins bool
}

func (s *fragileStmt) Exec(args []driver.Value) (driver.Result, error) {
	if s.begins && s.conn.breaks.Swap(false) {
		s.conn.broken = true
	}
	if s.conn.broken {
		return nil, &net.OpError{Op: "read", Err: errors.New("cut")}
	}
	return s.Stmt.Exec(args) //nolint:staticcheck // of the two ways to run a statement the one that needs less
}

func TestAConnectionThatCanNotBeginIsLeftForANewOne(t *testing.T) {
	t.Parallel()
	var breaks atomic.Bool
	options := sqldb.Options{Wrap: func(c driver.Connector) driver.Connector { return fragile{c, &breaks} }}
	db := items(t, dbtest.Only(t, sqldb.SQLite).With(options))
	for i := range 3 {
		breaks.Store(true)
		write(t, db, insertItem, i, 0)
	}
	require.Equal(t, []int{0, 1, 2}, numbers(t, db))
}
