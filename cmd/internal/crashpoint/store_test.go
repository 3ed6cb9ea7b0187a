package crashpoint_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/banyan-commerce/banyan/cmd/internal/assembly"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// onlooker reads all schemas of a store on a connection of its own, which no fault reaches.
type onlooker struct {
	db    *sqlx.DB
	look  *sqlx.Stmt        // reads a sight
	names map[string]string // of the schemas, as SQL says them
}

// sight is what can be seen of the bus and of tasks.
type sight struct {
	Taken   int64 `db:"taken"`   // events, each consumer's counted
	Pending int64 `db:"pending"` // events that a consumer has still to take
	Outbox  int64 `db:"outbox"`
	Held    int64 `db:"held"`
	Tasks   int64 `db:"tasks"` // those that recur apart
}

// settled says that nothing is under way.
func (s sight) settled() bool { return s.Pending == 0 && s.Held == 0 && s.Tasks == 0 }

// empty says that the events that everybody has taken are deleted, too.
func (s sight) empty() bool { return s.settled() && s.Outbox == 0 }

// watch connects an onlooker: to one server, or to one file that the others are attached to.
func watch(ctx context.Context, url string) (*onlooker, error) {
	l, err := sqldb.ParseLocation(url)
	if err != nil {
		return nil, err
	}
	o := &onlooker{names: map[string]string{}}
	for _, module := range assembly.ModuleNames() {
		o.names[module] = l.Schema(module)
		if l.Engine == sqldb.SQLite {
			o.names[module] = "x_" + module
		}
	}
	if err := o.open(ctx, l); err != nil {
		return nil, err
	}
	if o.look, err = o.db.PreparexContext(ctx, lookInto(o.names)); err != nil {
		return nil, errors.Join(err, o.db.Close())
	}
	return o, nil
}

func (o *onlooker) open(ctx context.Context, l sqldb.Location) (err error) {
	if l.Engine == sqldb.MySQL {
		db, _, err := sqldb.OpenForMigration(ctx, l, assembly.ModuleNames()[0])
		if err == nil {
			o.db = sqlx.NewDb(db, "mysql")
		}
		return err
	}
	if o.db, err = sqlx.Open("sqlite", "file::memory:?_pragma=busy_timeout(10000)"); err != nil {
		return err
	}
	o.db.SetMaxOpenConns(1) // what is attached is the connection's
	for module, name := range o.names {
		if _, err := o.db.ExecContext(ctx, "ATTACH DATABASE ? AS "+name, l.Schema(module)); err != nil {
			return errors.Join(err, o.db.Close())
		}
	}
	return nil
}

func lookInto(names map[string]string) string {
	var taken, pending, outbox, held, tasks []string
	for publisher, from := range names {
		taken = append(taken, fmt.Sprintf("(SELECT COUNT(*) FROM %s.bus_inbox)", from))
		// What nobody hears goes within a minute or two, and says nothing about a crash.
		outbox = append(outbox, fmt.Sprintf("(SELECT COUNT(*) FROM %s.bus_outbox WHERE type IN (SELECT type FROM %s.bus_subscription))", from, from))
		held = append(held, fmt.Sprintf("(SELECT COUNT(*) FROM %s.bus_held)", from))
		tasks = append(tasks, fmt.Sprintf("(SELECT COUNT(*) FROM %s.bus_task WHERE every = 0)", from))
		for consumer, to := range names {
			if consumer == publisher {
				continue
			}
			pending = append(pending, fmt.Sprintf(`(SELECT COUNT(*) FROM %s.bus_outbox o
				JOIN %s.bus_subscription s ON s.type = o.type AND s.consumer = '%s'
				WHERE NOT EXISTS (SELECT 1 FROM %s.bus_inbox i WHERE i.event_id = o.event_id))`, from, from, consumer, to))
		}
	}
	sum := func(terms []string) string { return strings.Join(terms, " + ") }
	return "SELECT " + sum(taken) + " AS taken, " + sum(pending) + " AS pending, " + sum(outbox) + " AS outbox, " +
		sum(held) + " AS held, " + sum(tasks) + " AS tasks"
}

func (o *onlooker) see(ctx context.Context) (sight, error) {
	var s sight
	err := o.look.GetContext(ctx, &s)
	return s, err
}

// letTimePass ends all leases and makes due what waits for its next attempt, as seconds would: a lease
// lasts 5 s by the database's clock, a pause 1 s and more.
func (o *onlooker) letTimePass(ctx context.Context) error {
	for _, name := range o.names {
		for _, statement := range []string{
			"UPDATE " + name + ".bus_task SET leased_until = 0 WHERE leased_until > 0",
			"UPDATE " + name + ".bus_task SET run_at = created_at WHERE every = 0 AND run_at > created_at",
			"UPDATE " + name + ".bus_held SET next_at = 0 WHERE next_at > 0",
		} {
			if _, err := o.db.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("let time pass: %w", err)
			}
		}
	}
	return nil
}

const (
	tick  = 2 * time.Millisecond
	stall = 60 * time.Millisecond
)

// untilSettled waits until nothing is under way (settled is asked), and answers what is seen then; earlier
// if the life ends.
// Schemas are looked at one after the other, so that what moves between
// them may be overlooked once, and not twice with nothing having happened in between.
func (o *onlooker) untilSettled(ctx context.Context, l *life, settled func(sight) bool) (sight, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	var last sight
	for moved := time.Now(); ; {
		s, err := o.see(ctx)
		if err != nil {
			return s, fmt.Errorf("look: %w", err)
		}
		if settled(s) && s == last || l.dead() {
			return s, nil
		}
		if s != last {
			moved = time.Now()
		}
		if time.Since(moved) > stall && len(l.fate.strikes()) > 0 {
			if err := o.letTimePass(ctx); err != nil {
				return s, err
			}
			moved = time.Now()
		}
		last = s
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return s, fmt.Errorf("something stays under way: %+v", s)
		}
	}
}

func (o *onlooker) close() error { return errors.Join(o.look.Close(), o.db.Close()) }
