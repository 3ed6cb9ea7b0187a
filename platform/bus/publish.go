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
}

const insertOutbox = `INSERT INTO bus_outbox
	(event_id, agg_type, agg_id, agg_seq, type, ver, headers, payload, occurred_at)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`

// Publish states a fact about an aggregate, in the transaction that makes it true. Before calling it
// the transaction has raised the aggregate's version to of.Version by a guarded UPDATE (or inserted
// it with version 1): that row's lock is what keeps version n+1 from becoming visible before n. It
// returns ErrVersionTaken where that was forgotten; the transaction must not commit then.
func (p *Publisher) Publish(ctx context.Context, tx *sqldb.Tx, of event.Aggregate, e event.Event) error {
	t := e.EventType()
	payload, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("publish %s: %w", t, err)
	}
	if len(payload) > maxPayload {
		return fmt.Errorf("publish %s: payload has %d bytes, at most %d are allowed", t, len(payload), maxPayload)
	}
	eventID := id.New()
	headers, err := json.Marshal(chainFrom(ctx, eventID))
	if err != nil {
		return fmt.Errorf("publish %s: %w", t, err)
	}
	res, err := tx.Exec(ctx, insertOutbox, eventID, of.Type, of.ID, of.Version, t.Name, t.Version, headers, payload, p.now().UnixMicro())
	if sqldb.IsDuplicate(err) {
		return fmt.Errorf("publish %s: version %d of %s %s: %w", t, of.Version, of.Type, of.ID, ErrVersionTaken)
	}
	if err != nil {
		return fmt.Errorf("publish %s: %w", t, err)
	}
	pos, err := res.LastInsertId()
	if err != nil {
		return fmt.Errorf("publish %s: %w", t, err)
	}
	tx.OnCommit(func() { p.committed(pos, t.Name) })
	return nil
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

// chainFrom continues the chain of the event being handled, or begins one.
func chainFrom(ctx context.Context, eventID id.UUID) headers {
	cause, ok := ctx.Value(causeKey{}).(event.Envelope)
	if !ok {
		return headers{Correlation: eventID}
	}
	return headers{Correlation: cause.CorrelationID, Causation: cause.ID, TraceParent: cause.TraceParent}
}
