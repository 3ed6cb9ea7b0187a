package wire_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"modernc.org/sqlite"

	"github.com/banyan-commerce/banyan/platform/dbtest/wire"
)

var errLost = errors.New("the answer is lost")

// lossy makes each call and loses the answers to one text.
type lossy struct {
	lost   string
	passed *[]string
}

func (l lossy) Pass(_ context.Context, text string, call func() error) error {
	*l.passed = append(*l.passed, text)
	err := call()
	if err == nil && text == l.lost {
		return errLost
	}
	return err
}

func (l lossy) Admit(text string) error {
	if text == l.lost {
		return errLost
	}
	return nil
}

func (l lossy) Works() bool { return true }

func open(t *testing.T, lost string) (*sql.DB, *[]string) {
	t.Helper()
	inner, err := sqlite.NewConnector("file:" + t.TempDir() + "/x.db")
	require.NoError(t, err)
	var passed []string
	db := sql.OpenDB(wire.Wrap(inner, func(context.Context, wire.Native) (wire.Line, error) { return lossy{lost, &passed}, nil }))
	db.SetMaxOpenConns(1) // what is left open would keep the next from its turn
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db, &passed
}

func TestEveryCallPassesWithItsText(t *testing.T) {
	t.Parallel()
	db, passed := open(t, "nothing")
	tx, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = tx.ExecContext(t.Context(), "CREATE TABLE x (id INT)")
	require.NoError(t, err)
	require.NoError(t, tx.Commit())
	stmt, err := db.PrepareContext(t.Context(), "INSERT INTO x (id) VALUES (?)")
	require.NoError(t, err)
	defer stmt.Close()
	_, err = stmt.ExecContext(t.Context(), 1)
	require.NoError(t, err)
	var n int
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT id FROM x").Scan(&n))
	require.NoError(t, db.PingContext(t.Context()))
	require.Equal(t, []string{"BEGIN", "CREATE TABLE x (id INT)", "COMMIT", "INSERT INTO x (id) VALUES (?)", "SELECT id FROM x"}, *passed)
}

func TestWhatALostAnswerLeavesOpenIsClosed(t *testing.T) {
	t.Parallel()
	for lost, call := range map[string]func(*sql.DB) error{
		"BEGIN": func(db *sql.DB) error {
			_, err := db.BeginTx(t.Context(), nil)
			return err
		},
		"SELECT 1": func(db *sql.DB) error { return db.QueryRowContext(t.Context(), "SELECT 1").Err() },
		"":         func(db *sql.DB) error { return db.PingContext(t.Context()) },
	} {
		db, _ := open(t, lost)
		require.ErrorIs(t, call(db), errLost)
		_, err := db.ExecContext(t.Context(), "BEGIN; COMMIT")
		require.NoError(t, err, "after a lost answer to %q", lost)
	}
}

// closing tells that its connections were closed.
type closing struct {
	driver.Connector
	wire.Native

	closed *bool
}

func (c closing) Connect(ctx context.Context) (driver.Conn, error) {
	opened, err := c.Connector.Connect(ctx)
	c.Native, _ = opened.(wire.Native)
	return c, err
}

func (c closing) Close() error {
	*c.closed = true
	return c.Native.Close()
}

func TestAConnectionThatJoinsNoLineIsClosed(t *testing.T) {
	t.Parallel()
	inner, err := sqlite.NewConnector("file:" + t.TempDir() + "/x.db")
	require.NoError(t, err)
	closed := false
	refuse := func(context.Context, wire.Native) (wire.Line, error) { return nil, errLost }
	_, err = wire.Wrap(closing{Connector: inner, closed: &closed}, refuse).Connect(t.Context())
	require.ErrorIs(t, err, errLost)
	require.True(t, closed)
}
