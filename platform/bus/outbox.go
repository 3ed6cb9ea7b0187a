package bus

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

type outboxRow struct {
	Pos        int64   `db:"pos"`
	EventID    id.UUID `db:"event_id"`
	AggType    string  `db:"agg_type"`
	AggID      id.UUID `db:"agg_id"`
	AggSeq     int64   `db:"agg_seq"`
	Type       string  `db:"type"`
	Ver        int     `db:"ver"`
	Headers    []byte  `db:"headers"`
	Payload    []byte  `db:"payload"`
	OccurredAt int64   `db:"occurred_at"`
}

const outboxColumns = "pos, event_id, agg_type, agg_id, agg_seq, type, ver, headers, payload, occurred_at"

// envelope never fails, so that no row can stop those behind it: headers that can't be read cost the
// event its place in a chain, no more.
func (r outboxRow) envelope(source string) event.Envelope {
	var h headers
	if json.Unmarshal(r.Headers, &h) != nil {
		h = headers{Correlation: r.EventID}
	}
	return event.Envelope{
		ID: r.EventID, Source: source,
		Type:          event.Type{Name: r.Type, Version: r.Ver},
		Aggregate:     event.Aggregate{Type: r.AggType, ID: r.AggID, Version: r.AggSeq},
		OccurredAt:    time.UnixMicro(r.OccurredAt).UTC(),
		CorrelationID: h.Correlation, CausationID: h.Causation, TraceParent: h.TraceParent,
		Payload: r.Payload,
	}
}

const selectPending = "SELECT " + outboxColumns + " FROM bus_outbox ORDER BY pos LIMIT 1000"

// Pending reads the first 1,000 events in the outbox of a schema, in the order of their positions.
func Pending(ctx context.Context, db *sqldb.DB) ([]event.Envelope, error) {
	var rows []outboxRow
	if err := db.Select(ctx, &rows, selectPending); err != nil {
		return nil, fmt.Errorf("read outbox of %s: %w", db.Module(), err)
	}
	events := make([]event.Envelope, len(rows))
	for i, row := range rows {
		events[i] = row.envelope(db.Module())
	}
	return events, nil
}
