package bus_test

import (
	"context"
	"log/slog"
	"os"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/migrate"
	"github.com/banyan-commerce/banyan/platform/module"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

type happened struct{ N int }

func (happened) EventType() event.Type { return event.Type{Name: "a.happened", Version: 1} }

func TestQuick(t *testing.T) {
	ctx := context.Background()
	raw := "sqlite:" + t.TempDir()
	if d := os.Getenv("QUICK_DSN"); d != "" {
		raw = d
	}
	l, err := sqldb.ParseLocation(raw)
	require.NoError(t, err)
	dbs := map[string]*sqldb.DB{}
	for _, m := range []string{"qa", "qb"} {
		_, err := migrate.Up(ctx, l, m, fstest.MapFS{"00001_x.sql": {Data: []byte("-- +goose Up\nCREATE TABLE agg (id BINARY(16) NOT NULL PRIMARY KEY, version BIGINT NOT NULL);\nCREATE TABLE effect (id BINARY(16) NOT NULL, n BIGINT NOT NULL);")}})
		require.NoError(t, err)
		db, err := sqldb.Open(ctx, l, m, sqldb.Options{})
		require.NoError(t, err)
		defer db.Close()
		dbs[m] = db
	}
	b := bus.New(slog.Default(), time.Now, prometheus.NewRegistry())
	pub := b.Publisher(dbs["qa"])
	var disorder, total atomic.Int64
	sub := bus.Subscription{Consumer: "qb", Schema: dbs["qb"], Handlers: []bus.Handler{
		bus.On(func(ctx context.Context, tx *sqldb.Tx, e event.Envelope, f happened) error {
			var n int64
			if err := tx.Get(ctx, &n, "SELECT COUNT(*) FROM effect WHERE id = ?", e.Aggregate.ID); err != nil {
				return err
			}
			if n != int64(f.N)-1 {
				disorder.Add(1)
			}
			_, err := tx.Exec(ctx, "INSERT INTO effect (id, n) VALUES (?, ?)", e.Aggregate.ID, f.N)
			return err
		}),
	}}
	require.NoError(t, b.Start(ctx, []module.Manifest{
		{Name: "qa", Publishes: []event.Definition{event.Define(happened{})}},
		{Name: "qb", Listens: []string{"a.happened"}},
	}, []bus.Subscription{sub}))
	const aggs, each = 200, 10
	start := time.Now()
	done := make(chan struct{}, aggs)
	for range aggs {
		go func() {
			defer func() { done <- struct{}{} }()
			a := id.New()
			for i := 1; i <= each; i++ {
				err := sqldb.InTx(ctx, dbs["qa"], func(tx *sqldb.Tx) error {
					var err error
					if i == 1 {
						_, err = tx.Exec(ctx, "INSERT INTO agg (id, version) VALUES (?, 1)", a)
					} else {
						_, err = tx.Exec(ctx, "UPDATE agg SET version = version + 1 WHERE id = ? AND version = ?", a, i-1)
					}
					if err != nil {
						return err
					}
					return pub.Publish(ctx, tx, event.Aggregate{Type: "agg", ID: a, Version: int64(i)}, happened{N: i})
				})
				if err != nil {
					t.Error(err)
				}
			}
		}()
	}
	for range aggs {
		<-done
	}
	t.Log("published", time.Since(start))
	require.Eventually(t, func() bool {
		var n int64
		_ = dbs["qb"].Get(ctx, &n, "SELECT COUNT(*) FROM effect")
		total.Store(n)
		return n == aggs*each
	}, 20*time.Second, 10*time.Millisecond)
	t.Log("all", time.Since(start), "commits a", dbs["qa"].Stats().Commits.Load(), "units", dbs["qa"].Stats().Units.Load(), "stmts", dbs["qb"].Stats().Statements.Load(), "b commits", dbs["qb"].Stats().Commits.Load())
	require.Zero(t, disorder.Load())
	require.NoError(t, b.Stop(ctx))
	ev, err := bus.Pending(ctx, dbs["qa"])
	require.NoError(t, err)
	require.Empty(t, ev)
}
