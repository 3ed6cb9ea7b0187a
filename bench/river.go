package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// The pauses are those of River's own benchmark, which finds them much better than the defaults. With
// fewer workers than it uses River is faster on SQLite (-tune).
const (
	riverCooldown = 2 * time.Millisecond
	riverPoll     = 20 * time.Millisecond
	riverWorkers  = 100
	riverInsert   = 5000 // jobs of one insertion
)

// Kind makes the event a job of River's.
func (booked) Kind() string { return "booked" }

// idler does nothing: what is left is River.
type idler struct {
	river.WorkerDefaults[booked]
}

// Work implements river.Worker.
func (idler) Work(context.Context, *river.Job[booked]) error { return nil }

// drainRiver lets River take a backlog of jobs with a worker that does nothing. The file is opened with
// Banyan's own settings (WAL, synchronous=FULL), over one connection as River's driver recommends.
// A job is done when its completion is committed, as an event is when its inbox row is. River promises
// no order, so that none is looked at.
func drainRiver(ctx context.Context, g *ground, events int64, workers int) (r reading, err error) {
	at, err := g.newPlace()
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, at.remove()) }()
	db, release, err := sqldb.OpenForMigration(ctx, at.Location, peer)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, release()) }()
	if _, err := db.ExecContext(ctx, "PRAGMA cache_size = -4000"); err != nil { // as large as Banyan's writer has it
		return r, err
	}
	client, err := openRiver(ctx, db, workers)
	if err != nil {
		return r, err
	}
	if err := fillRiver(ctx, client, newLedger(events)); err != nil {
		return r, fmt.Errorf("fill: %w", err)
	}
	if r, err = runRiver(ctx, g, client, events); err != nil {
		return r, err
	}
	return r, auditRiver(ctx, db, events, &r)
}

func openRiver(ctx context.Context, db *sql.DB, most int) (*river.Client[*sql.Tx], error) {
	driver := riversqlite.New(db)
	migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return nil, err
	}
	workers := river.NewWorkers()
	river.AddWorker(workers, idler{})
	return river.NewClient(driver, &river.Config{
		FetchCooldown: riverCooldown, FetchPollInterval: riverPoll, Workers: workers,
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: most}},
		Logger: slog.New(slog.DiscardHandler),
	})
}

func fillRiver(ctx context.Context, client *river.Client[*sql.Tx], l ledger) error {
	for from := int64(0); from < l.events; from += riverInsert {
		var jobs []river.InsertManyParams
		for n := from; n < min(from+riverInsert, l.events); n++ {
			jobs = append(jobs, river.InsertManyParams{Args: l.at(n)})
		}
		if _, err := client.InsertManyFast(ctx, jobs); err != nil {
			return err
		}
	}
	return nil
}

func runRiver(ctx context.Context, g *ground, client *river.Client[*sql.Tx], events int64) (r reading, err error) {
	done, cancel := client.SubscribeConfig(&river.SubscribeConfig{
		Kinds: []river.EventKind{river.EventKindJobCompleted}, ChanSize: int(events), // a full channel would drop some
	})
	defer cancel()
	p := newProgress(events)
	go func() {
		for range done {
			p.add(1)
		}
	}()
	meter := startMeter(g.pid())
	begin := now()
	err = client.Start(ctx)
	if err == nil {
		err = p.await(ctx)
	}
	r.Spent = meter.stop(events)
	stopping, stopped := context.WithTimeout(context.WithoutCancel(ctx), stopLimit)
	defer stopped()
	if err = errors.Join(err, client.Stop(stopping)); err != nil {
		return r, err
	}
	r.Rate = rate(events, p.end.Sub(begin))
	return r, nil
}

func auditRiver(ctx context.Context, db *sql.DB, events int64, r *reading) error {
	var done, repeated int64
	const query = "SELECT COUNT(*), COALESCE(SUM(attempt > 1), 0) FROM river_job WHERE state = 'completed'"
	if err := db.QueryRowContext(ctx, query).Scan(&done, &repeated); err != nil {
		return err
	}
	r.Audit = audit{Lost: max(0, events-done), Doubled: repeated}
	return nil
}
