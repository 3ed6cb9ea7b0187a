package bus

import (
	"context"
	"fmt"

	"github.com/banyan-commerce/banyan/platform/audit"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Errors of an operator's decisions. Of two operators who decide at once one is told these.
var (
	ErrNotDead        = fault.New(fault.Conflict, "event_not_dead", "Only dead events are replayed, and this one is not dead, or not any more.")
	ErrNotDiscardable = fault.New(fault.Conflict, "event_not_discardable", "Only an event that is dead or to be retried is discarded, and this one is neither, or not any more.")
)

// Scope says what is replayed along with a dead event.
type Scope string

// The scopes.
const (
	ScopeEvent       Scope = "event"       // it alone
	ScopeSequence    Scope = "sequence"    // all dead ones of its aggregate
	ScopeFingerprint Scope = "fingerprint" // all dead ones of its consumer that failed alike
)

// The state guards: of two operators one changes the row. Its id stays, and so its place in the sequence.
const (
	revive        = "UPDATE bus_held SET state = 'retry', attempts = 0, next_at = ?, replay_count = replay_count + 1 WHERE state = 'dead'"
	ofEvent       = " AND id = ?"
	ofSequence    = " AND consumer = ? AND agg_type = ? AND agg_id = ?"
	ofFingerprint = " AND consumer = ? AND fingerprint = ?"
	archiveHeld   = "UPDATE bus_held SET state = 'archived' WHERE id = ? AND state IN ('dead', 'retry')"
	actionReplay  = "events.replay"
	actionDiscard = "events.discard"
)

// Replay lets a dead event run again, with all its attempts, as soon as a process that hosts the
// consumer looks (within a second), and answers how many events that were. Those behind it follow in
// their order. It returns ErrHeldNotFound or ErrNotDead.
func Replay(ctx context.Context, db *sqldb.DB, heldID int64, scope Scope, by audit.By) (n int64, err error) {
	err = decide(ctx, db, heldID, func(tx *sqldb.Tx, row operatorRow) error {
		selection, args, target := row.selected(scope)
		n, err = tx.ExecCount(ctx, revive+selection, append([]any{by.At.UnixMicro()}, args...)...)
		if err != nil {
			return fmt.Errorf("replay held event %d: %w", heldID, err)
		}
		if n == 0 {
			return ErrNotDead
		}
		return by.Write(ctx, tx, actionReplay, target, n)
	})
	return n, err
}

func (r operatorRow) selected(scope Scope) (condition string, args []any, target string) {
	switch scope {
	case ScopeSequence:
		return ofSequence, []any{r.Consumer, r.AggType, r.AggID}, fmt.Sprintf("sequence %s %s", r.AggType, r.AggID)
	case ScopeFingerprint:
		return ofFingerprint, []any{r.Consumer, r.Fingerprint}, fmt.Sprintf("fingerprint %x", r.Fingerprint)
	case ScopeEvent:
	}
	return ofEvent, []any{r.ID}, r.target()
}

func (r operatorRow) target() string { return fmt.Sprintf("event %s %s", r.Type, r.EventID) }

// Discard gives an event up: it never takes effect, its row stays, and its sequence goes on behind it.
// It returns ErrHeldNotFound, ErrNotDiscardable or audit.ErrReason.
func Discard(ctx context.Context, db *sqldb.DB, heldID int64, by audit.By) error {
	if err := by.RequireReason(); err != nil {
		return err
	}
	return decide(ctx, db, heldID, func(tx *sqldb.Tx, row operatorRow) error {
		n, err := tx.ExecCount(ctx, archiveHeld, heldID)
		if err != nil {
			return fmt.Errorf("discard held event %d: %w", heldID, err)
		}
		if n == 0 {
			return ErrNotDiscardable
		}
		return by.Write(ctx, tx, actionDiscard, row.target(), n)
	})
}

// decide runs an operator's decision about a held event in one transaction.
func decide(ctx context.Context, db *sqldb.DB, heldID int64, decision func(tx *sqldb.Tx, row operatorRow) error) error {
	return sqldb.InTx(ctx, db, func(tx *sqldb.Tx) error {
		var row operatorRow
		if err := tx.Get(ctx, &row, selectHeld, heldID); err != nil {
			return heldError(err, heldID)
		}
		return decision(tx, row)
	})
}
