package path_test

import (
	"context"
	"database/sql/driver"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/banyan-load/internal/path"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/migrate"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// kiosk is a shop of one module, small enough to see what a replay does to it.
type kiosk struct {
	location sqldb.Location
	recorder path.Recorder
	db       *sqldb.DB
}

func tables() fs.FS {
	const text = `-- +goose Up
CREATE TABLE kiosk_stock (sku VARCHAR(64) NOT NULL PRIMARY KEY, held BIGINT NOT NULL);
CREATE TABLE kiosk_order (id BINARY(16) NOT NULL PRIMARY KEY, number VARCHAR(16) NOT NULL, email VARCHAR(64) NOT NULL,
	fingerprint BINARY(32) NOT NULL, at BIGINT NOT NULL, payload BLOB NOT NULL);
CREATE UNIQUE INDEX kiosk_number ON kiosk_order (number);
CREATE TABLE kiosk_line (order_id BINARY(16) NOT NULL, sku VARCHAR(64) NOT NULL, name VARCHAR(99) NOT NULL, PRIMARY KEY (order_id, sku));
-- +goose Down
DROP TABLE kiosk_line;
`
	return fstest.MapFS{"00001_kiosk.sql": &fstest.MapFile{Data: []byte(text), Mode: os.ModePerm}}
}

func open(t *testing.T) *kiosk {
	t.Helper()
	k := &kiosk{location: sqldb.Location{Engine: sqldb.SQLite, Dir: t.TempDir()}}
	_, err := migrate.Up(t.Context(), k.location, "kiosk", tables())
	require.NoError(t, err)
	k.db, err = sqldb.Open(t.Context(), k.location, "kiosk", sqldb.Options{Observe: k.recorder.Observe})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, k.db.Close()) })
	for i := range 20 {
		k.in(t, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(t.Context(), "INSERT INTO kiosk_stock (sku, held) VALUES (?, 0)", sku(i))
			return err
		})
	}
	return k
}

func sku(i int) string { return fmt.Sprintf("SKU-%03d", i) }

func (k *kiosk) in(t *testing.T, f func(tx *sqldb.Tx) error) {
	t.Helper()
	require.NoError(t, sqldb.InTx(t.Context(), k.db, f))
}

// orderID is a type of its own, as a module's.
type orderID struct{ id.UUID }

// row is what the kiosk reads back.
type row struct {
	ID     []byte `db:"id"`
	Number string `db:"number"`
}

// sell is what the kiosk does for an order: a write, a task, and a read and a write that depend on them.
func (k *kiosk) sell(t *testing.T, number string, skus []string) orderID {
	t.Helper()
	ctx, order, task, lease := t.Context(), orderID{id.New()}, id.New(), id.New()
	fingerprint := strings.Repeat(number[:1], 32)
	k.in(t, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO kiosk_order (id, number, email, fingerprint, at, payload) VALUES (?, ?, ?, ?, ?, ?)",
			order, number, "kim-"+number+"@example.com", []byte(fingerprint), 1700000000000000+int64(number[0]), []byte(`{"id":"`+order.String()+`"}`))
		require.NoError(t, err)
		_, err = tx.Exec(ctx, "INSERT INTO kiosk_line (order_id, sku, name) VALUES (?, ?, ?), (?, ?, ?)", order, skus[0], "Name "+skus[0], order, skus[1], "Name "+skus[1])
		require.NoError(t, err)
		_, err = tx.Exec(ctx, `INSERT INTO bus_task (id, kind, task_key, payload, state, run_at, every, attempts, leased_until, error, created_at)
			VALUES (?, ?, ?, ?, 'due', ?, ?, 0, 0, '', ?)`, task, "pack", "pack:"+order.String(), []byte("{}"), 1, 0, 1)
		return err
	})
	k.in(t, func(tx *sqldb.Tx) error { // the runner's lease is no part of the path
		_, err := tx.ExecIn(ctx, "UPDATE bus_task SET lease = ? WHERE id IN (?)", lease, []id.UUID{task})
		return err
	})
	var found []row
	require.NoError(t, k.db.Select(ctx, &found, "SELECT id, number FROM kiosk_order WHERE id = ?", order))
	var other []string // for no order
	require.NoError(t, k.db.Select(ctx, &other, "SELECT sku FROM kiosk_stock WHERE held > ?", 1_000_000))
	k.in(t, func(tx *sqldb.Tx) error {
		var n int64
		require.NoError(t, tx.Get(ctx, &n, "SELECT COUNT(*) FROM kiosk_line WHERE order_id = ? FOR UPDATE", order))
		_, err := tx.Exec(ctx, "UPDATE kiosk_stock SET held = held + CASE sku WHEN ? THEN 1 WHEN ? THEN 1 END WHERE sku IN (?, ?)", skus[0], skus[1], skus[0], skus[1])
		require.NoError(t, err)
		_, err = tx.Exec(ctx, "DELETE FROM bus_task WHERE id IN (?) AND lease = CASE id WHEN ? THEN ? END", task, task, lease)
		return err
	})
	return order
}

func (k *kiosk) recorded(t *testing.T, number string, skus ...string) (own, other []path.Unit) {
	t.Helper()
	k.recorder.Start()
	order := k.sell(t, number, skus)
	return path.Own(k.recorder.Stop(), append(path.Names(order.String()), skus...)...)
}

func (k *kiosk) compiled(t *testing.T) *path.Path {
	t.Helper()
	a, _ := k.recorded(t, "A1B2C3D4", sku(0), sku(1))
	b, _ := k.recorded(t, "Z9Y8X7W6", sku(2), sku(3))
	p, err := path.Compile(a, b, []string{sku(0), sku(1)}, []string{sku(2), sku(3)})
	require.NoError(t, err)
	return p
}

func count(t *testing.T, db *sqldb.DB, query string, args ...any) int {
	t.Helper()
	var n int
	require.NoError(t, db.Get(context.WithoutCancel(t.Context()), &n, query, args...))
	return n
}

func TestOnlyWhatAnOrderDoesIsItsPath(t *testing.T) {
	t.Parallel()
	own, other := open(t).recorded(t, "A1B2C3D4", sku(0), sku(1))
	require.Len(t, own, 3)
	require.Equal(t, []int{3, 1, 3}, []int{len(own[0].Statements), len(own[1].Statements), len(own[2].Statements)})
	require.True(t, own[0].Tx)
	require.False(t, own[1].Tx)
	require.Len(t, other, 2, "the lease and the read for no order")
}

// A payment is asked for by its own ID, which only a transaction before tells to be the order's.
func TestWhatNamesAnIdentifierOfTheOrderIsItsPathToo(t *testing.T) {
	t.Parallel()
	read := func(query string, args ...driver.Value) path.Unit {
		return path.Unit{Module: "kiosk", Statements: []path.Statement{{Query: query, Args: args}}}
	}
	order, payment, stranger := []byte("order's 16 bytes"), []byte("payment's bytes."), []byte("another's bytes.")
	own, other := path.Own([]path.Unit{
		read("SELECT 1 FROM payment WHERE id = ?", payment),
		read("SELECT 1 FROM payment WHERE id = ?", stranger),
		read("INSERT INTO payment VALUES (?, ?)", payment, order),
	}, string(order))
	require.Len(t, own, 2)
	require.Equal(t, []driver.Value{stranger}, other[0].Statements[0].Args)
}

func TestAReplayDoesForAFreshOrderWhatTheShopDid(t *testing.T) {
	t.Parallel()
	k := open(t)
	p := k.compiled(t)
	schemas := map[string]*sqldb.DB{"kiosk": k.db}
	for range 5 {
		require.NoError(t, p.Run(t.Context(), schemas, []string{sku(10), sku(11)}))
	}
	require.Equal(t, 7, count(t, k.db, "SELECT COUNT(*) FROM kiosk_order"))
	require.Equal(t, 7, count(t, k.db, "SELECT COUNT(DISTINCT number) FROM kiosk_order"))
	require.Equal(t, 7, count(t, k.db, "SELECT COUNT(DISTINCT email) FROM kiosk_order WHERE email LIKE 'kim-%@example.com'"))
	require.Equal(t, 7, count(t, k.db, "SELECT COUNT(DISTINCT fingerprint) FROM kiosk_order WHERE LENGTH(fingerprint) = 32"))
	require.Equal(t, 2, count(t, k.db, "SELECT COUNT(DISTINCT at) FROM kiosk_order"), "a time stays as it was recorded")
	require.Equal(t, 14, count(t, k.db, "SELECT COUNT(*) FROM kiosk_line JOIN kiosk_order ON id = order_id"))
	require.Equal(t, 10, count(t, k.db, "SELECT SUM(held) FROM kiosk_stock WHERE sku IN (?, ?)", sku(10), sku(11)))
	require.Zero(t, count(t, k.db, "SELECT COUNT(*) FROM bus_task"), "each task is found again and deleted")
}

func TestAStatementThatMatchesOtherRowsThanTheShopsEndsTheReplay(t *testing.T) {
	t.Parallel()
	k := open(t)
	p := k.compiled(t)
	err := p.Run(t.Context(), map[string]*sqldb.DB{"kiosk": k.db}, []string{sku(10), "not in stock"})
	require.ErrorContains(t, err, "matched 1 rows where the shop's matched 2: UPDATE kiosk_stock")
	require.Zero(t, count(t, k.db, "SELECT SUM(held) FROM kiosk_stock WHERE sku = ?", sku(10)), "its transaction is rolled back")
}

func TestRecordingsThatDifferGiveNoPath(t *testing.T) {
	t.Parallel()
	k := open(t)
	a, _ := k.recorded(t, "A1B2C3D4", sku(0), sku(1))
	b, _ := k.recorded(t, "Z9Y8X7W6", sku(2), sku(3))
	skusA, skusB := []string{sku(0), sku(1)}, []string{sku(2), sku(3)}
	_, err := path.Compile(a[:2], b, skusA, skusB)
	require.ErrorContains(t, err, "only the second has, in kiosk: SELECT COUNT(*)")
	_, err = path.Compile(a, b[:2], skusA, skusB)
	require.ErrorContains(t, err, "only the first has, in kiosk")
	_, err = path.Compile(a, b, skusA, skusA)
	require.ErrorContains(t, err, "SKUs of its own")
}

func TestAFailedStatementIsNoRecording(t *testing.T) {
	t.Parallel()
	k := open(t)
	skus := []string{sku(0), sku(1)}
	a, _ := k.recorded(t, "A1B2C3D4", skus...)
	k.recorder.Start()
	err := sqldb.InTx(t.Context(), k.db, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(t.Context(), "UPDATE kiosk_stock SET broken = 1 WHERE sku = ?", skus[0])
		return err
	})
	require.Error(t, err)
	b, _ := path.Own(k.recorder.Stop(), skus...)
	_, err = path.Compile(a, b, skus, []string{sku(2), sku(3)})
	require.ErrorContains(t, err, "SET broken")
}

func TestTheLedgerListsEachStatementOnce(t *testing.T) {
	t.Parallel()
	k := open(t)
	p := k.compiled(t)
	require.Equal(t, path.Cost{Statements: 7, Commits: 2}, p.Settled())
	_, other := k.recorded(t, "QQQQQQQQ", sku(4), sku(5))
	var b strings.Builder
	p.WriteLedger(&b, other)
	require.Equal(t, 7, strings.Count(b.String(), "| kiosk |")-len(other))
	require.Contains(t, b.String(), "`UPDATE bus_task SET lease = ? WHERE id IN (?…)` | 1 |")
}
