package bus

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// States of a held event. Those of one aggregate form a sequence, worked off in the order of their
// ids: a dead one stops its sequence until an operator decides, or is passed by (Policy).
const (
	retry  = "retry"  // its handler failed; it runs again at next_at
	behind = "behind" // waits behind an earlier event of its aggregate
	dead   = "dead"   // failed maxAttempts times, or nobody knows its type

	archived = "archived" // given up by an operator: history, and no part of its sequence
)

const (
	maxAttempts = 8
	maxError    = 500 // bytes
)

const (
	insertInboxPlain = "INSERT INTO bus_inbox (consumer, event_id) VALUES (?, ?)"
	insertHeld       = `INSERT INTO bus_held (consumer, event_id, source, agg_type, agg_id, agg_seq, type, ver,
		headers, payload, occurred_at, state, attempts, next_at, error, fingerprint, replay_count)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`
)

// park takes an event whose handler failed into the held table, instead of its effect.
func (c *consumer) park(ctx context.Context, e event.Envelope, cause error) error {
	state := retry
	if errors.Is(cause, errUnknownType) {
		state = dead
	}
	return sqldb.InTx(ctx, c.db, func(tx *sqldb.Tx) error { return c.hold(ctx, tx, e, state, cause) })
}

// hold writes inbox and held row; an event that another instance took meanwhile is left alone.
func (c *consumer) hold(ctx context.Context, tx *sqldb.Tx, e event.Envelope, state string, cause error) error {
	if _, err := tx.Exec(ctx, insertInboxPlain, c.number, e.ID); err != nil {
		if sqldb.IsDuplicate(err) {
			return nil
		}
		return err
	}
	h, err := json.Marshal(headers{Correlation: e.CorrelationID, Causation: e.CausationID, TraceParent: e.TraceParent})
	if err != nil {
		return err
	}
	attempts, nextAt, text := 0, c.now(), ""
	if cause != nil {
		attempts, nextAt, text = 1, nextAt.Add(backoff(1)), sqldb.Fit(cause.Error(), maxError)
	}
	_, err = tx.Exec(ctx, insertHeld, c.number, e.ID, e.Source, e.Aggregate.Type, e.Aggregate.ID, e.Aggregate.Version,
		e.Type.Name, e.Type.Version, h, []byte(e.Payload), e.OccurredAt.UnixMicro(), state, attempts, nextAt.UnixMicro(),
		text, fingerprint(e.Type, text))
	return err
}

// fingerprint groups held events that failed alike: same type, same error.
func fingerprint(t event.Type, text string) []byte {
	sum := sha256.Sum256([]byte(t.String() + "\n" + text))
	return sum[:16]
}

func backoff(attempt int) time.Duration {
	return min(time.Second<<min(attempt-1, 10), 5*time.Minute)
}

type heldRow struct {
	outboxRow

	ID       int64  `db:"id"`
	Source   string `db:"source"`
	State    string `db:"state"`
	Attempts int    `db:"attempts"`
}

const (
	heldColumns = "id, source, event_id, agg_type, agg_id, agg_seq, type, ver, headers, payload, occurred_at, state, attempts"
	// The heads of sequences that may run now. A sequence whose head is dead has none, unless its consumer
	// skips what is dead.
	selectHeads = "SELECT " + heldColumns + ` FROM bus_held h
		WHERE consumer = ? AND state IN ('retry', 'behind') AND next_at <= ? AND NOT EXISTS (
			SELECT 1 FROM bus_held p WHERE p.consumer = h.consumer AND p.agg_type = h.agg_type
			AND p.agg_id = h.agg_id AND p.id < h.id AND p.state NOT IN ('archived', ?))
		ORDER BY id LIMIT 100`
	// The number of attempts guards: of two instances that read the same head, one runs it.
	lockHeld   = "SELECT id FROM bus_held WHERE id = ? AND state IN ('retry', 'behind') AND attempts = ? FOR UPDATE"
	deleteHeld = "DELETE FROM bus_held WHERE id = ?"
	failHeld   = `UPDATE bus_held SET state = ?, attempts = ?, next_at = ?, error = ?, fingerprint = ?
		WHERE id = ? AND state IN ('retry', 'behind') AND attempts = ?`
)

// retryDue runs the heads of held sequences that are due, and whatever follows them, until nothing
// is due any more or ctx ends. Trouble with the database at one head keeps no other from its turn.
func (c *consumer) retryDue(ctx context.Context) error {
	for {
		var heads []heldRow
		if err := c.db.Select(ctx, &heads, selectHeads, c.number, c.now().UnixMicro(), c.passable); err != nil {
			return fmt.Errorf("read held events of %s: %w", c.name, err)
		}
		progress := false
		var errs []error
		for _, head := range heads {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			done, err := c.retryOne(context.WithoutCancel(ctx), head)
			progress = progress || done
			errs = append(errs, err)
		}
		if err := errors.Join(errs...); err != nil || !progress {
			return err
		}
	}
}

// retryOne runs one held event; done says whether it took effect. Only an error of the database is
// answered: the handler's own is written to the row.
func (c *consumer) retryOne(ctx context.Context, row heldRow) (done bool, err error) {
	e := row.envelope(row.Source)
	h, known := c.handlers[e.Type]
	if !known {
		return false, c.failAgain(ctx, row, e.Type, errUnknownType)
	}
	err = sqldb.InTx(ctx, c.db, func(tx *sqldb.Tx) error {
		var lock int64
		done = false
		if err := tx.Get(ctx, &lock, lockHeld, row.ID, row.Attempts); err != nil {
			if sqldb.IsNoRows(err) {
				return nil // another instance was first
			}
			return err
		}
		done = true
		if err := c.run(ctx, tx, h, e); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, deleteHeld, row.ID)
		return err
	})
	if err == nil || sqldb.IsInfrastructure(err) {
		return done && err == nil, err
	}
	return false, c.failAgain(ctx, row, e.Type, err)
}

func (c *consumer) failAgain(ctx context.Context, row heldRow, t event.Type, cause error) error {
	attempts, state := row.Attempts+1, retry
	if attempts >= maxAttempts || errors.Is(cause, errUnknownType) {
		state = dead
	}
	text := sqldb.Fit(cause.Error(), maxError)
	return sqldb.InTx(ctx, c.db, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, failHeld, state, attempts, c.now().Add(backoff(attempts)).UnixMicro(),
			text, fingerprint(t, text), row.ID, row.Attempts)
		return err
	})
}

// heldCount is how many events of the consumer are held, by state.
type heldCount struct {
	State string `db:"state"`
	N     int64  `db:"n"`
}

const countHeld = "SELECT state, COUNT(*) AS n FROM bus_held WHERE consumer = ? GROUP BY state"

func (c *consumer) heldCounts(ctx context.Context) ([]heldCount, error) {
	var counts []heldCount
	err := c.db.Select(ctx, &counts, countHeld, c.number)
	return counts, err
}
