package bus

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// maxPayload keeps one event from filling every consumer's memory; bigger things are referred to.
const maxPayload = 256 << 10

// ErrVersionTaken: the aggregate's version has an event already, so its guarded UPDATE was forgotten.
// It is not a duplicate key to the caller, who might take it for that of his own INSERT.
var ErrVersionTaken = fault.New(fault.Conflict, "event_version_taken", "Somebody else changed this at the same time.")

// Publisher writes the events of one module into the outbox of its schema.
type Publisher struct {
	source    string
	now       func() time.Time
	committed func(pos int64, of string)
	metrics   *metrics
}

const insertOutbox = `INSERT INTO bus_outbox
	(event_id, agg_type, agg_id, agg_seq, type, ver, headers, payload, occurred_at) VALUES `

// Publish states a fact about an aggregate, in the transaction that makes it true. Before calling it
// the transaction has raised the aggregate's version to of.Version by a guarded UPDATE (or inserted
// it with version 1): that row's lock is what keeps version n+1 from becoming visible before n. It
// returns ErrVersionTaken where that was forgotten; the transaction must not commit then.
func (p *Publisher) Publish(ctx context.Context, tx *sqldb.Tx, of event.Aggregate, e event.Event) error {
	cause, _ := ctx.Value(causeKey{}).(event.Envelope)
	return p.PublishSet(ctx, tx, []Publication{{Of: of, Event: e, Cause: cause}})
}

// Publication is one fact of a set.
type Publication struct {
	Of    event.Aggregate
	Event event.Event
	Cause event.Envelope // the event that it answers; the zero value begins a chain
}

// PublishSet is Publish for many facts, by one statement. They get their places in the order given.
func (p *Publisher) PublishSet(ctx context.Context, tx *sqldb.Tx, set []Publication) error {
	if len(set) == 0 {
		return nil
	}
	const columns = 9
	args, bytes := make([]any, 0, columns*len(set)), make([]int, len(set))
	for i, one := range set {
		row, size, err := p.row(one)
		if err != nil {
			return fmt.Errorf("publish %s: %w", one.Event.EventType(), err)
		}
		args, bytes[i] = append(args, row...), size
	}
	res, err := tx.Exec(ctx, insertOutbox+sqldb.Placeholders(len(set), columns), args...)
	if sqldb.IsDuplicate(err) {
		return versionTaken(set)
	}
	if err != nil {
		return fmt.Errorf("publish %s: %w", set[0].Event.EventType(), err)
	}
	pos, err := res.LastInsertId()
	if err != nil {
		return fmt.Errorf("publish %s: %w", set[0].Event.EventType(), err)
	}
	first := firstPosition(tx.Engine(), pos, len(set))
	tx.OnCommit(func() {
		for i, one := range set {
			p.committed(first+int64(i), one.Event.EventType().Name)
		}
	})
	tx.OnEffect(func() {
		for i, one := range set {
			p.metrics.stated(p.source, one.Of, one.Event.EventType().Name, bytes[i], p.now())
		}
	})
	return nil
}

// row is what is inserted, and how many bytes its payload and headers are.
func (p *Publisher) row(one Publication) (row []any, bytes int, err error) {
	t := one.Event.EventType()
	payload, err := json.Marshal(one.Event)
	if err != nil {
		return nil, 0, err
	}
	if len(payload) > maxPayload {
		return nil, 0, fmt.Errorf("payload has %d bytes, at most %d are allowed", len(payload), maxPayload)
	}
	eventID := id.New()
	headers, err := json.Marshal(chain(one.Cause, eventID))
	if err != nil {
		return nil, 0, err
	}
	return []any{
		eventID, one.Of.Type, one.Of.ID, one.Of.Version, t.Name, t.Version, headers, payload, p.now().UnixMicro(),
	}, len(payload) + len(headers), nil
}

// firstPosition: of several rows inserted at once MySQL answers the first position, SQLite the last.
func firstPosition(e sqldb.Engine, answered int64, rows int) int64 {
	if e == sqldb.SQLite {
		return answered - int64(rows) + 1
	}
	return answered
}

func versionTaken(set []Publication) error {
	one := set[0]
	if len(set) > 1 {
		return fmt.Errorf("publish %d of %s: %w", len(set), one.Event.EventType(), ErrVersionTaken)
	}
	return fmt.Errorf("publish %s: version %d of %s %s: %w",
		one.Event.EventType(), one.Of.Version, one.Of.Type, one.Of.ID, ErrVersionTaken)
}

// headers is the part of the envelope that ties events into chains.
type headers struct {
	Correlation id.UUID `json:"correlation"`
	Causation   id.UUID `json:"causation,omitzero"`
	TraceParent string  `json:"traceparent,omitempty"`
}

type causeKey struct{}

// withCause remembers in a handler's context which event it handles.
func withCause(ctx context.Context, e event.Envelope) context.Context {
	return context.WithValue(ctx, causeKey{}, e)
}

// chain continues that of the event being handled, or begins one.
func chain(cause event.Envelope, eventID id.UUID) headers {
	if cause.ID.IsZero() {
		return headers{Correlation: eventID}
	}
	return headers{Correlation: cause.CorrelationID, Causation: cause.ID, TraceParent: cause.TraceParent}
}
