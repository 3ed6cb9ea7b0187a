package move

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// State is how far a move is. It is kept at the target, and each step may be done again.
type State string

// The states, in their order; aborting and aborted end a move that was given up.
const (
	Planned  State = "planned"  // the target has its tables, and nothing in them
	Fenced   State = "fenced"   // nobody writes at the source
	Copied   State = "copied"   // every row is at the target
	Verified State = "verified" // and was compared, twice
	Switched State = "switched" // the target is the schema's home; there is no way back but a move back
	Done     State = "done"     // the source says where the schema has gone
	Aborting State = "aborting"
	Aborted  State = "aborted"
)

// record is the row of a move.
type record struct {
	id         string
	state      State
	source     string
	epoch      int64  // of the schema when it has moved
	homeMove   string // what the source's mark said before
	homeOther  string
	priorMove  string // what the target's said, if the move is one back; its epoch is that of the source
	priorOther string
}

const selectRecord = "SELECT id, state, source, epoch, home_move, home_other, prior_move, prior_other FROM bus_move WHERE id = ?"

func (e *end) record(ctx context.Context, id string) (record, error) {
	var r record
	err := e.conn.QueryRowContext(ctx, selectRecord, id).
		Scan(&r.id, &r.state, &r.source, &r.epoch, &r.homeMove, &r.homeOther, &r.priorMove, &r.priorOther)
	return r, err
}

// plan writes the record, and the mark that nobody may open the target.
func (r *run) plan(ctx context.Context) error {
	now := r.now().UnixMicro()
	return r.to.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO bus_move (id, state, source, runner, epoch, home_move, home_other, prior_move, prior_other, started_at, updated_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, r.id, Planned, r.from.place(), r.runner, r.epoch, r.homeMove, r.homeOther, r.priorMove, r.priorOther, now, now)
		if err != nil {
			return err
		}
		return r.to.setPlace(ctx, tx, sqldb.Place{Standing: sqldb.Arriving, Epoch: r.epoch, Move: r.id, Other: r.from.place()})
	})
}

// takeOver makes this process the one that works on the move.
func (r *run) takeOver(ctx context.Context) error {
	return r.to.exec(ctx, "UPDATE bus_move SET runner = ?, updated_at = ? WHERE id = ?", r.runner, r.now().UnixMicro(), r.id)
}

// guard begins each transaction that changes the state. It returns ErrBusy to a process whose move another
// one has taken over, as after a connection that was thought to be dead.
func (r *run) guard(ctx context.Context, tx *sql.Tx) error {
	res, err := tx.ExecContext(ctx, "UPDATE bus_move SET updated_at = ? WHERE id = ? AND runner = ?", r.now().UnixMicro(), r.id, r.runner)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return fmt.Errorf("%w (%w)", ErrBusy, err)
	}
	return nil
}

// step records that a state is reached, and what else belongs to it.
func (r *run) step(ctx context.Context, s State, also func(tx *sql.Tx) error) error {
	err := r.to.inTx(ctx, func(tx *sql.Tx) error {
		if err := r.guard(ctx, tx); err != nil {
			return err
		}
		if also != nil {
			if err := also(tx); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, "UPDATE bus_move SET state = ? WHERE id = ?", s, r.id)
		return err
	})
	if err != nil {
		return fmt.Errorf("reach the state %s: %w", s, err)
	}
	r.state = s
	r.tell(Progress{State: s})
	return ctx.Err()
}

// What has happened to a table.
const (
	tableCopying  = "copying"
	tableCopied   = "copied"
	tableVerified = "verified"
)

// part is the state of a table.
type part struct {
	state  string
	total  int64
	copied int64
	bytes  int64
	last   []any
}

const selectPart = "SELECT state, total, copied, bytes, last_key FROM bus_move_table WHERE move_id = ? AND name = ?"

// part finds how far a table is, and begins with it if nobody has.
func (r *run) part(ctx context.Context, t table) (part, error) {
	p := part{state: tableCopying}
	var last string
	err := r.to.conn.QueryRowContext(ctx, selectPart, r.id, t.name).Scan(&p.state, &p.total, &p.copied, &p.bytes, &last)
	if sqldb.IsNoRows(err) {
		if p.total, err = r.from.number(ctx, "SELECT COUNT(*) FROM "+quoted(t.name)); err != nil {
			return p, err
		}
		return p, r.to.exec(ctx, "INSERT INTO bus_move_table (move_id, name, state, total, copied, bytes, last_key) VALUES (?, ?, ?, ?, 0, 0, '')",
			r.id, t.name, tableCopying, p.total)
	}
	if err == nil {
		p.last, err = readKey(last)
	}
	return p, err
}

func (r *run) setPart(ctx context.Context, t table, state string) error {
	return r.to.inTx(ctx, func(tx *sql.Tx) error {
		if err := r.guard(ctx, tx); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "UPDATE bus_move_table SET state = ? WHERE move_id = ? AND name = ?", state, r.id, t.name)
		return err
	})
}
