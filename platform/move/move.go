// Package move moves the schema of one module to another database while nobody writes it: between SQLite files
// and MySQL, in every direction. The source is fenced, its rows are copied in chunks, compared twice, and
// then the target is declared the schema's home. How far it is stands at the target, so that it goes on after the
// death of either side at any point, and exactly one of the two places can be written at any time.
//
// It knows no module: tables are those of the database's catalogue, checked against what the migrations make.
// A move that follows the source's writes instead of stopping them would begin where copyAll does, and take
// the fence up only before the switch.
package move

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/banyan-commerce/banyan/platform/migrate"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// What refuses a move. The texts around them say what to do.
var (
	ErrNoSource   = errors.New("there is no such schema: is the module's BANYAN_DB_<MODULE>, or BANYAN_DB, where it lives?")
	ErrBusy       = errors.New("another move has this place: wait for it, or look at it with --status")
	ErrSamePlace  = errors.New("source and target are the same place")
	ErrNotEmpty   = errors.New("the target is not empty")
	ErrVersion    = errors.New("source and target have different migrations")
	ErrSurprise   = errors.New("the schema is not what the migrations make")
	ErrFence      = errors.New("the fence does not stand")
	ErrValue      = errors.New("a value that the target can't keep as it is")
	ErrDiffers    = errors.New("source and target differ")
	ErrLost       = errors.New("the source is not leaving: there is nothing to give up")
	ErrUnfinished = errors.New("a move is unfinished: go on with --resume, or give it up with --abort")
	ErrNothing    = errors.New("there is no unfinished move between these places")
	ErrSwitched   = errors.New("the move has been switched, and can't be given up: move back with --back")
	ErrNoWayBack  = errors.New("the target is not where the schema came from by its last move: --back is for that place alone; move to another one without it")
	ErrNoUser     = errors.New("the target's URL names no user: it makes tables and fences; name one who may, besides BANYAN_DB_SECRET")
)

// Move is what is to be moved where.
type Move struct {
	Module   string
	From, To sqldb.Location
	Scripts  fs.FS // the module's migrations
	Now      func() time.Time
	Tell     func(Progress)

	Resume bool // go on with an unfinished move, as opposed to beginning one
	Back   bool // the target is where the schema came from, whose rows are stale and are replaced
}

// Progress is told at each state and after each chunk.
type Progress struct {
	State State
	Table string // being copied or compared; empty: a state was reached

	Rows, Total int64 // of all tables so far, and at the source
	Bytes       int64
	Fresh       int64 // rows that this run copied
	FreshBytes  int64
}

// run is one process's work on a move.
type run struct {
	Move
	record

	runner   string
	from, to *end
	tables   []table
	targets  map[string]table
	progress Progress
}

// Run does the move, or what is left of it, and answers nil when it is done. It returns one of the errors
// above, sqldb.ErrLocked, or an error of a database, after which Resume goes on.
func (m Move) Run(ctx context.Context) error {
	r, err := m.open(ctx)
	if err != nil {
		return m.wrap(err)
	}
	err = r.carry(ctx)
	return m.wrap(errors.Join(err, r.close()))
}

func (m Move) wrap(err error) error {
	if err != nil {
		return fmt.Errorf("move %s: %w", m.Module, err)
	}
	return nil
}

func (m Move) open(ctx context.Context) (*run, error) {
	if !m.To.NamesUser() {
		return nil, ErrNoUser
	}
	if m.From.Place(m.Module) == m.To.Place(m.Module) {
		return nil, fmt.Errorf("%w: %s", ErrSamePlace, m.To.Place(m.Module))
	}
	r := &run{Move: m, runner: rand.Text()}
	var err error
	if r.from, err = openEnd(ctx, source, m.From, m.Module); err != nil {
		return nil, err
	}
	r.to, err = openEnd(ctx, target, m.To, m.Module)
	if errors.Is(err, ErrBusy) && r.isSame(ctx) {
		err = fmt.Errorf("%w, by another name of its server: %s", ErrSamePlace, m.To.Place(m.Module))
	}
	if err != nil {
		return nil, errors.Join(err, r.from.shut())
	}
	return r, nil
}

// isSame asks the server of the target who has the lock there.
func (r *run) isSame(ctx context.Context) bool {
	if !r.from.mysql() || r.From.Schema(r.Module) != r.To.Schema(r.Module) {
		return false
	}
	mine, err := r.from.number(ctx, "SELECT CONNECTION_ID()")
	if err != nil {
		return false
	}
	db, err := sqldb.OpenToLook(r.To, r.Module)
	if err != nil {
		return false
	}
	defer db.Close()
	var holder sql.NullInt64
	err = db.QueryRowContext(ctx, "SELECT IS_USED_LOCK(?)", r.from.lock()).Scan(&holder)
	return err == nil && holder.Int64 == mine
}

func (r *run) now() time.Time { return r.Now() }

func (r *run) close() error { return errors.Join(r.to.shut(), r.from.shut()) }

// carry finds out where the move stands and does the rest.
func (r *run) carry(ctx context.Context) error {
	if err := r.find(ctx); err != nil {
		return err
	}
	if r.state == Done {
		return nil
	}
	if r.state == "" {
		if err := r.prepare(ctx); err != nil {
			return err
		}
	}
	if err := r.goOn(ctx); err != nil {
		return err
	}
	for _, step := range []struct {
		from State
		do   func(context.Context) error
	}{
		{Planned, r.fenceAll}, {Fenced, r.copyAll}, {Copied, r.verifyAll}, {Verified, r.change}, {Switched, r.finish},
	} {
		if r.state != step.from {
			continue
		}
		if err := errors.Join(r.from.requireLock(ctx), r.to.requireLock(ctx)); err != nil {
			return err
		}
		if err := step.do(ctx); err != nil {
			return err
		}
	}
	return nil
}

// find reads the marks of both places. Either the move of this command is under way, or none is: then it is a
// new one.
func (r *run) find(ctx context.Context) error {
	here, there, err := r.known(ctx)
	if err != nil {
		return err
	}
	switch {
	case r.state == Done && r.Resume:
		r.tell(Progress{State: Done})
		return nil
	case r.state == Aborting || r.state == Aborted:
		return fmt.Errorf("%w; it is being given up: --abort does the rest", ErrUnfinished)
	case r.state != "" && r.state != Done && r.Resume:
		return nil
	case here.Standing == sqldb.Leaving, there.Standing == sqldb.Arriving:
		return fmt.Errorf("%w (the source is %s, other end %q; the target is %s, other end %q)",
			ErrUnfinished, here.Standing, here.Other, there.Standing, there.Other)
	case here.Standing == sqldb.Moved && r.state != Switched:
		return here.RequireHome(r.Module)
	case r.state == Switched:
		return ErrUnfinished
	case r.Resume:
		return ErrNothing
	}
	return r.beginNew(here, there)
}

// known reads both marks, and the record of the move that they agree on.
func (r *run) known(ctx context.Context) (here, there sqldb.Place, err error) {
	if here, err = sqldb.ReadPlace(ctx, r.from.conn); err != nil {
		return here, there, err
	}
	if there, err = sqldb.ReadPlace(ctx, r.to.conn); err != nil {
		return here, there, err
	}
	same := here.Move == there.Move && (here.Standing == sqldb.Leaving || here.Standing == sqldb.Moved && there.Standing == sqldb.Home)
	if !same && (there.Standing != sqldb.Arriving || here.Standing != sqldb.Home) {
		return here, there, nil
	}
	found, err := r.to.record(ctx, there.Move)
	if err != nil {
		return here, there, err
	}
	// A source at home is one that was not marked yet, or that was given back before the target was cleared.
	early := found.state == Planned || found.state == Aborting || found.state == Aborted
	if same || early && found.source == r.from.place() && found.epoch == here.Epoch+1 {
		r.record = found
	}
	return here, there, nil
}

func (r *run) beginNew(here, there sqldb.Place) error {
	left := there.Standing == sqldb.Moved && there.Move == here.Move && there.Epoch == here.Epoch
	switch {
	case r.Back && !left:
		return ErrNoWayBack
	case !r.Back && there.Standing == sqldb.Moved:
		return fmt.Errorf("%w: it holds what was moved away from there; --back replaces it, if that was the schema's last move", ErrNotEmpty)
	}
	r.record = record{id: rand.Text(), source: r.from.place(), epoch: here.Epoch + 1, homeMove: here.Move, homeOther: here.Other}
	if left {
		r.priorMove, r.priorOther = there.Move, there.Other
	}
	return nil
}

// prepare makes the target's tables and looks at everything that can refuse the move, while the source is written still.
func (r *run) prepare(ctx context.Context) error {
	up := migrate.Up
	if r.Back {
		up = migrate.UpAnywhere
	}
	if err := r.withoutFile(ctx, func() error { _, err := up(ctx, r.To, r.Module, r.Scripts); return err }); err != nil {
		return err
	}
	if err := r.requireVersions(ctx); err != nil {
		return err
	}
	if err := errors.Join(r.from.requireMayFence(ctx), r.to.requireMayFence(ctx)); err != nil {
		return err
	}
	if r.To.HasUsers() {
		if _, err := sqldb.Grant(ctx, r.To, r.Module); err != nil {
			return err
		}
	}
	if err := r.readTables(ctx); err != nil {
		return err
	}
	if !r.Back {
		if err := r.requireEmpty(ctx); err != nil {
			return err
		}
	}
	if err := r.plan(ctx); err != nil {
		return err
	}
	r.state = Planned
	r.tell(Progress{State: Planned})
	return ctx.Err()
}

// withoutFile lets go of a SQLite target for one who locks it himself.
func (r *run) withoutFile(ctx context.Context, f func() error) error {
	if r.to.mysql() {
		return f()
	}
	if err := r.to.shut(); err != nil {
		return err
	}
	if err := f(); err != nil {
		return err
	}
	to, err := openEnd(ctx, target, r.To, r.Module)
	if err == nil {
		r.to = to
	}
	return err
}

func (r *run) requireVersions(ctx context.Context) error {
	for _, versions := range []string{"bus_schema_version", "schema_version"} {
		query := "SELECT MAX(version_id) FROM " + versions
		here, err := r.from.number(ctx, query)
		if err != nil {
			return err
		}
		there, err := r.to.number(ctx, query)
		if err != nil {
			return err
		}
		switch {
		case here < there:
			return fmt.Errorf("%w: %s is %d at the source and %d at the target: run `banyan migrate` with this program, and then the move again", ErrVersion, versions, here, there)
		case here > there:
			return fmt.Errorf("%w: %s is %d at the source, and this program knows %d: move with the program that runs there", ErrVersion, versions, here, there)
		}
	}
	return nil
}

func (r *run) readTables(ctx context.Context) error {
	from, err := r.from.tables(ctx)
	if err != nil {
		return err
	}
	to, err := r.to.tables(ctx)
	if err != nil {
		return err
	}
	if err := requireAlike(from, to); err != nil {
		return err
	}
	r.tables, r.targets = from, map[string]table{}
	for _, t := range to {
		r.targets[t.name] = t
	}
	for i := range r.tables {
		if to[i].auto != "" {
			r.tables[i].auto = to[i].auto
		}
		n, err := r.from.number(ctx, "SELECT COUNT(*) FROM "+quoted(r.tables[i].name))
		if err != nil {
			return err
		}
		r.progress.Total += n
	}
	return nil
}

func (r *run) requireEmpty(ctx context.Context) error {
	for _, t := range r.tables {
		n, err := r.to.number(ctx, "SELECT COUNT(*) FROM "+quoted(t.name))
		if err != nil {
			return err
		}
		if n > 0 {
			return fmt.Errorf("%w: table %s of %s has %d rows: does a server run on it? Drop the schema there, or name another place", ErrNotEmpty, t.name, r.to.place(), n)
		}
	}
	return nil
}

// goOn is what every process does first that works on a move which is recorded.
func (r *run) goOn(ctx context.Context) error {
	if r.tables == nil {
		if err := r.readTables(ctx); err != nil {
			return err
		}
	}
	if err := r.requireVersions(ctx); err != nil {
		return err
	}
	if err := r.takeOver(ctx); err != nil {
		return err
	}
	return r.to.pass(ctx, r.id)
}

// fenceAll stops the writers of the source, and keeps everybody from the target.
func (r *run) fenceAll(ctx context.Context) error {
	leaving := sqldb.Place{Standing: sqldb.Leaving, Epoch: r.epoch, Move: r.id, Other: r.to.place()}
	if err := r.from.setPlace(ctx, r.from.conn, leaving); err != nil {
		return err
	}
	if err := r.from.fence(ctx, r.tables, r.id); err != nil {
		return err
	}
	if err := r.emptyTarget(ctx); err != nil {
		return err
	}
	if err := r.requireVersions(ctx); err != nil { // again: a migration may have come before the mark
		return err
	}
	return r.step(ctx, Fenced, nil)
}

// emptyTarget removes what was left behind by the move that is now made back, and its fence. On SQLite the
// lock and the mark keep writers away; on MySQL a new fence does, which lets this move through.
func (r *run) emptyTarget(ctx context.Context) error {
	if r.priorMove != "" {
		if err := r.to.lift(ctx); err != nil {
			return err
		}
		for _, t := range r.tables {
			if err := r.to.clear(ctx, t); err != nil {
				return err
			}
		}
	}
	if r.to.mysql() {
		return r.to.fence(ctx, r.tables, r.id)
	}
	return nil
}

// change is the switch: one transaction at the target. From its commit on the target is the schema's home; the source is fenced
// before and after, and learns where the schema has gone by finish.
func (r *run) change(ctx context.Context) error {
	if err := errors.Join(r.requireVerified(ctx), r.requireVersions(ctx)); err != nil {
		return err
	}
	return r.step(ctx, Switched, func(tx *sql.Tx) error {
		return r.to.setPlace(ctx, tx, sqldb.Place{Standing: sqldb.Home, Epoch: r.epoch, Move: r.id, Other: r.from.place()})
	})
}

func (r *run) finish(ctx context.Context) error {
	moved := sqldb.Place{Standing: sqldb.Moved, Epoch: r.epoch, Move: r.id, Other: r.to.place()}
	if err := r.from.setPlace(ctx, r.from.conn, moved); err != nil {
		return err
	}
	if err := r.to.lift(ctx); err != nil {
		return err
	}
	return r.step(ctx, Done, nil)
}

func (r *run) tell(p Progress) {
	r.progress.State, r.progress.Table = p.State, p.Table
	r.Tell(r.progress)
}

// begin counts what earlier runs have copied of a table.
func (r *run) begin(t table, p part) {
	r.progress.Table = t.name
	r.progress.Rows += p.copied
	r.progress.Bytes += p.bytes
}

func (r *run) copied(rows, bytes int) {
	r.progress.Rows += int64(rows)
	r.progress.Fresh += int64(rows)
	r.progress.Bytes += int64(bytes)
	r.progress.FreshBytes += int64(bytes)
	r.Tell(r.progress)
}

func hasNumber(err error, numbers ...uint16) bool {
	var answer *mysql.MySQLError
	return errors.As(err, &answer) && slices.Contains(numbers, answer.Number)
}
