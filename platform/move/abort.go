package move

import (
	"context"
	"errors"
	"fmt"

	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Abort gives an unfinished move up: what was copied is removed, the fence lifted, and the source is written
// again. It may be repeated. It returns ErrSwitched when the target is the schema's home already, and
// ErrNothing when no move between the two places is unfinished.
func (m Move) Abort(ctx context.Context) error {
	r, err := m.open(ctx)
	if err != nil {
		return m.wrap(err)
	}
	return m.wrap(errors.Join(r.abort(ctx), r.close()))
}

func (r *run) abort(ctx context.Context) error {
	here, _, err := r.known(ctx)
	switch {
	case err != nil:
		return err
	case r.state == Switched || r.state == Done:
		return ErrSwitched
	case r.state == "" && here.Standing == sqldb.Leaving:
		return fmt.Errorf("%w: the source is being moved to %s: name that place", ErrNothing, here.Other)
	case r.state == "":
		return ErrNothing
	}
	return r.undo(ctx, here)
}

// AbortWithoutTarget is for a target that is lost for good and can't be asked: the source counts again. If
// the target had been switched in its last moment, and comes back, there are two homes. It returns ErrLost.
func (m Move) AbortWithoutTarget(ctx context.Context) (err error) {
	e, err := openEnd(ctx, source, m.From, m.Module)
	if err != nil {
		return m.wrap(err)
	}
	defer func() { err = m.wrap(errors.Join(err, e.shut())) }()
	p, err := sqldb.ReadPlace(ctx, e.conn)
	if err != nil {
		return err
	}
	if p.Standing != sqldb.Leaving {
		return ErrLost
	}
	if err := e.lift(ctx); err != nil {
		return err
	}
	return e.setPlace(ctx, e.conn, sqldb.Place{Standing: sqldb.Home, Epoch: p.Epoch - 1})
}

// undo first records that nobody may go on with the move. The target keeps its mark until the source is free,
// so that a second command finds what is left to do.
func (r *run) undo(ctx context.Context, here sqldb.Place) error {
	if err := r.goOn(ctx); err != nil {
		return err
	}
	if r.state != Aborted {
		if err := r.step(ctx, Aborting, nil); err != nil {
			return err
		}
		if err := r.undoTarget(ctx); err != nil {
			return err
		}
		if err := r.step(ctx, Aborted, nil); err != nil {
			return err
		}
	}
	if here.Standing == sqldb.Leaving {
		if err := r.from.lift(ctx); err != nil {
			return err
		}
		home := sqldb.Place{Standing: sqldb.Home, Epoch: r.epoch - 1, Move: r.homeMove, Other: r.homeOther}
		if err := r.from.setPlace(ctx, r.from.conn, home); err != nil {
			return err
		}
	}
	if err := r.restoreTarget(ctx); err != nil {
		return err
	}
	r.tell(Progress{State: Aborted})
	return nil
}

func (r *run) undoTarget(ctx context.Context) error {
	if !r.to.mysql() {
		if err := r.to.lift(ctx); err != nil {
			return err
		}
	}
	for _, t := range r.tables {
		if err := r.to.clear(ctx, t); err != nil {
			return err
		}
	}
	return r.to.exec(ctx, "DELETE FROM bus_move_table WHERE move_id = ?", r.id)
}

// restoreTarget makes the target what it was: nothing, or the place that the schema once left, where no rows
// are now.
func (r *run) restoreTarget(ctx context.Context) error {
	if r.priorMove == "" {
		if err := r.to.lift(ctx); err != nil {
			return err
		}
		return r.to.setPlace(ctx, r.to.conn, sqldb.Place{Standing: sqldb.Home})
	}
	if err := r.to.fence(ctx, r.tables, r.id); err != nil {
		return err
	}
	return r.to.setPlace(ctx, r.to.conn, sqldb.Place{Standing: sqldb.Moved, Epoch: r.epoch - 1, Move: r.priorMove, Other: r.priorOther})
}
