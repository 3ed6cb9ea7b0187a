package sqldb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"modernc.org/sqlite"
)

// maxGroup bounds how many units share one commit, and so how much is rerun when one of them fails.
const maxGroup = 128

var errPanicked = errors.New("the transaction's function panicked")

// writer owns the one writing connection of a SQLite file. Units that arrive while a commit is being
// synced to disk queue up and share the next one (group commit).
type writer struct {
	db       *DB
	path     string
	queue    chan *unit
	stopping chan struct{}
	stopped  chan struct{}
	overrun  *time.Timer

	pool *sqlx.DB
	conn *sqlx.Conn
	sql  *statements
}

func openWriter(ctx context.Context, db *DB, path string) (*writer, error) {
	w := &writer{
		db: db, path: path,
		queue: make(chan *unit, maxGroup), stopping: make(chan struct{}), stopped: make(chan struct{}),
		overrun: time.NewTimer(time.Hour),
	}
	if err := w.connect(ctx); err != nil {
		return nil, err
	}
	go w.run()
	return w, nil
}

func (w *writer) connect(ctx context.Context) error {
	connector, err := sqlite.NewConnector(sqliteDSN(w.path, "cache_size(-4000)"))
	if err != nil {
		return err
	}
	pool := sqlx.NewDb(w.db.options.connect(connector), "sqlite")
	pool.SetMaxOpenConns(1)
	conn, err := pool.Connx(ctx)
	if err != nil {
		return errors.Join(err, pool.Close())
	}
	w.pool, w.conn, w.sql = pool, conn, newStatements(conn)
	return nil
}

func (w *writer) disconnect() error {
	return errors.Join(w.sql.close(), w.conn.Close(), w.pool.Close())
}

// close lets the units that wait finish, and ends the goroutine.
func (w *writer) close() error {
	close(w.stopping)
	<-w.stopped
	return w.disconnect()
}

// do queues f and runs it when its turn comes.
func (w *writer) do(ctx context.Context, f func(tx *Tx) error) error {
	u := newUnit(f)
	select {
	case <-w.stopping:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	default:
	}
	select {
	case w.queue <- u:
		return u.serve(ctx, w.stopped)
	case <-ctx.Done():
		return ctx.Err()
	case <-w.stopping:
		return ErrClosed
	}
}

func (w *writer) run() {
	defer close(w.stopped)
	for {
		select {
		case u := <-w.queue:
			w.group(u)
		case <-w.stopping:
			for u := w.next(); u != nil; u = w.next() {
				w.group(u)
			}
			return
		}
	}
}

func (w *writer) next() *unit {
	select {
	case u := <-w.queue:
		return u
	default:
		return nil
	}
}

// member is a unit whose work is in the open transaction, or which has refused on the ground of what
// it read there: its neighbours' work too, so that it may not be told before that is committed.
type member struct {
	unit    *unit
	tx      *Tx
	refusal error
}

// group runs first, and the units that wait behind it, in one SQLite transaction. A unit that
// answers an error of its own is undone alone, by its savepoint, and told when the others are
// committed; after any other trouble the whole group is rolled back and each unit runs once more by
// itself.
func (w *writer) group(first *unit) {
	if !first.take() {
		return
	}
	if err := w.begin(); err != nil {
		w.alone(first)
		return
	}
	var members []member
	for u := first; u != nil; u = w.takeNext(len(members)) {
		nested := len(members) > 0
		tx, err := w.runUnit(u, nested)
		switch {
		case err == nil:
			members = append(members, member{unit: u, tx: tx})
		case errors.Is(err, errRefused) && nested:
			members = append(members, member{unit: u, refusal: errors.Unwrap(err)})
		case errors.Is(err, errRefused):
			w.rollback()
			u.done <- errors.Unwrap(err)
			return
		default:
			w.startOver(members, u, err)
			return
		}
	}
	w.commit(members)
}

func (w *writer) takeNext(size int) *unit {
	for size < maxGroup {
		u := w.next()
		if u == nil || u.take() {
			return u
		}
	}
	return nil
}

// startOver rolls the group back and runs its units one by one; culprit last, unless it overran.
func (w *writer) startOver(members []member, culprit *unit, cause error) {
	if errors.Is(cause, ErrOverrun) {
		w.reconnect()
		culprit.done <- cause
	} else {
		w.rollback()
	}
	for _, m := range members {
		w.alone(m.unit)
	}
	if !errors.Is(cause, ErrOverrun) {
		w.alone(culprit)
	}
}

// alone runs one unit in a transaction of its own, again after a conflict.
func (w *writer) alone(u *unit) {
	var err error
	for attempt := 1; attempt <= maxAttempts; attempt++ {
		var tx *Tx
		if tx, err = w.tryAlone(u); err == nil {
			w.commit([]member{{unit: u, tx: tx}})
			return
		}
		if !isConflict(err) {
			break
		}
		w.db.stats.Retries.Add(1)
		_ = pause(context.Background(), attempt)
		err = fmt.Errorf("%w: %w", ErrBusy, err)
	}
	if errors.Is(err, errRefused) {
		err = errors.Unwrap(err)
	}
	u.done <- err
}

func (w *writer) tryAlone(u *unit) (*Tx, error) {
	if err := w.begin(); err != nil {
		return nil, err
	}
	tx, err := w.runUnit(u, false)
	switch {
	case errors.Is(err, ErrOverrun):
		w.reconnect()
	case err != nil:
		w.rollback()
	}
	return tx, err
}

// refusal is an error of the unit's own: the database is well, only this unit is undone.
type refusal struct{ cause error }

var errRefused = errors.New("refused by the unit itself")

func (e *refusal) Error() string        { return e.cause.Error() }
func (e *refusal) Is(target error) bool { return target == errRefused }
func (e *refusal) Unwrap() error        { return e.cause }

// runUnit gives u its turn inside the open transaction. Nested units stand behind a savepoint. The
// error is a refusal, ErrOverrun or a statement's.
func (w *writer) runUnit(u *unit, nested bool) (*Tx, error) {
	nested = nested || w.db.options.RunTwice
	if nested {
		if err := w.statement("SAVEPOINT unit"); err != nil {
			return nil, err
		}
	}
	tx, err := w.turn(u)
	if err == nil && w.db.options.RunTwice {
		if err = w.statement("ROLLBACK TO unit"); err == nil {
			tx, err = w.turn(u)
		}
	}
	if !nested {
		return tx, err
	}
	if errors.Is(err, errRefused) {
		if undo := w.statement("ROLLBACK TO unit"); undo != nil {
			return nil, undo
		}
	}
	if err == nil || errors.Is(err, errRefused) {
		if release := w.statement("RELEASE unit"); release != nil {
			return nil, release
		}
	}
	return tx, err
}

func (w *writer) turn(u *unit) (*Tx, error) {
	tx := &Tx{db: w.db, run: writing{w.sql}}
	u.turn <- tx
	w.overrun.Reset(w.db.options.MaxTx)
	select {
	case err := <-u.ran:
		w.overrun.Stop()
		if err != nil && tx.failed == nil {
			return nil, &refusal{err}
		}
		return tx, tx.verdict(err)
	case <-w.overrun.C:
		return nil, ErrOverrun
	}
}

func (w *writer) commit(members []member) {
	if len(members) == 0 {
		w.rollback()
		return
	}
	err := w.statement("COMMIT")
	if err != nil {
		w.rollback()
		err = fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
	} else {
		w.db.stats.Commits.Add(1)
	}
	for _, m := range members {
		w.tell(m, err)
	}
}

// tell ends a unit of the group whose COMMIT answered err.
func (w *writer) tell(m member, err error) {
	if m.refusal != nil {
		if err == nil {
			err = m.refusal
		}
		m.unit.done <- err
		return
	}
	if err == nil {
		w.db.stats.Units.Add(1)
		for _, f := range m.tx.onEffect {
			f()
		}
	}
	for _, f := range m.tx.onCommit {
		f()
	}
	m.unit.done <- err
}

// begin opens a transaction. A connection that can't, other than for want of the lock, is left for a
// new one: kept, it would refuse every unit from here on.
func (w *writer) begin() error {
	err := w.statement("BEGIN IMMEDIATE")
	if err == nil || isConflict(err) {
		return err
	}
	return errors.Join(err, w.disconnect(), w.connect(context.Background()))
}

func (w *writer) rollback() {
	w.db.stats.Rollbacks.Add(1)
	if err := w.statement("ROLLBACK"); err != nil {
		w.reconnect() // a closed connection has no transaction
	}
}

// reconnect leaves the connection, and whatever still holds it, and opens a new one. A statement that
// runs on it is waited for: the driver could interrupt it only at the price of a goroutine for each
// statement, which makes the short ones half as slow again.
func (w *writer) reconnect() {
	_ = w.disconnect()
	for attempt := 1; w.connect(context.Background()) != nil; attempt++ {
		_ = pause(context.Background(), attempt)
		select {
		case <-w.stopping:
			return
		default:
		}
	}
}

func (w *writer) statement(query string) error {
	_, err := w.sql.exec(context.Background(), query, nil)
	return err
}
