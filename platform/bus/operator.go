package bus

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/redact"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// ErrHeldNotFound is returned for a held event that is not there: never was, or has taken effect.
var ErrHeldNotFound = fault.New(fault.NotFound, "held_event_not_found", "There is no such held event; it may have taken effect meanwhile.")

// Held is an event that did not take effect, as an operator sees it.
type Held struct {
	ID          int64 // in its consumer's schema; the order of its sequence
	Consumer    string
	Event       event.Envelope // ShowHeld gives the payload, without secrets
	State       string         // retry, behind, dead, or archived: discarded, and its sequence goes on without it
	Attempts    int
	NextAt      time.Time
	Error       string
	Fingerprint string // hexadecimal; events that failed alike have the same
	Replays     int
}

// HeldFilter selects held events; what is zero does not select.
type HeldFilter struct {
	Consumer    string
	State       string
	Type        string
	Fingerprint string
	After       int64 // ID
	Limit       int
}

type operatorRow struct {
	heldRow

	Consumer    int64  `db:"consumer"`
	NextAt      int64  `db:"next_at"`
	Error       string `db:"error"`
	Fingerprint []byte `db:"fingerprint"`
	Replays     int    `db:"replay_count"`
}

const (
	operatorColumns = heldColumns + ", consumer, next_at, error, fingerprint, replay_count"
	selectHeld      = "SELECT " + operatorColumns + " FROM bus_held WHERE id = ?"
	listHeld        = "SELECT " + operatorColumns + " FROM bus_held WHERE id > ?"
	selectConsumers = "SELECT id, name FROM bus_consumer ORDER BY name"
)

// ListHeld reads held events of a schema in the order of their IDs.
func ListHeld(ctx context.Context, db *sqldb.DB, f HeldFilter) ([]Held, error) {
	names, err := consumersOf(ctx, db)
	if err != nil {
		return nil, err
	}
	conditions, args, possible := f.conditions(names)
	if !possible {
		return nil, nil
	}
	var rows []operatorRow
	query := listHeld + conditions + " ORDER BY id LIMIT ?"
	if err := db.Select(ctx, &rows, query, append(append([]any{f.After}, args...), f.Limit)...); err != nil {
		return nil, fmt.Errorf("list held events of %s: %w", db.Module(), err)
	}
	held := make([]Held, len(rows))
	for i, row := range rows {
		held[i] = row.held(names)
		held[i].Event.Payload = nil
	}
	return held, nil
}

// conditions is the filter as SQL; possible is false where no row can match.
func (f HeldFilter) conditions(names map[int64]string) (text string, args []any, possible bool) {
	var b strings.Builder
	add := func(condition string, arg any) {
		b.WriteString(" AND " + condition)
		args = append(args, arg)
	}
	if f.Consumer != "" {
		number, known := numberOf(names, f.Consumer)
		if !known {
			return "", nil, false
		}
		add("consumer = ?", number)
	}
	if f.State != "" {
		add("state = ?", f.State)
	}
	if f.Type != "" {
		add("type = ?", f.Type)
	}
	if f.Fingerprint != "" {
		sum, err := hex.DecodeString(f.Fingerprint)
		if err != nil {
			return "", nil, false
		}
		add("fingerprint = ?", sum)
	}
	return b.String(), args, true
}

// ShowHeld reads one held event with its payload, whose secrets are hidden. It returns ErrHeldNotFound.
func ShowHeld(ctx context.Context, db *sqldb.DB, heldID int64) (Held, error) {
	names, err := consumersOf(ctx, db)
	if err != nil {
		return Held{}, err
	}
	var row operatorRow
	if err := db.Get(ctx, &row, selectHeld, heldID); err != nil {
		return Held{}, heldError(err, heldID)
	}
	h := row.held(names)
	h.Event.Payload = redact.JSON(row.Payload)
	return h, nil
}

func heldError(err error, heldID int64) error {
	if sqldb.IsNoRows(err) {
		return ErrHeldNotFound
	}
	return fmt.Errorf("read held event %d: %w", heldID, err)
}

func (r operatorRow) held(names map[int64]string) Held {
	return Held{
		ID: r.ID, Consumer: names[r.Consumer], Event: r.envelope(r.Source), State: r.State, Attempts: r.Attempts,
		NextAt: time.UnixMicro(r.NextAt).UTC(), Error: r.Error, Fingerprint: hex.EncodeToString(r.Fingerprint), Replays: r.Replays,
	}
}

// consumersOf are the consumers that live in a schema, by their numbers there.
func consumersOf(ctx context.Context, db *sqldb.DB) (map[int64]string, error) {
	var rows []struct {
		ID   int64  `db:"id"`
		Name string `db:"name"`
	}
	if err := db.Select(ctx, &rows, selectConsumers); err != nil {
		return nil, fmt.Errorf("read consumers of %s: %w", db.Module(), err)
	}
	names := make(map[int64]string, len(rows))
	for _, row := range rows {
		names[row.ID] = row.Name
	}
	return names, nil
}

func numberOf(names map[int64]string, consumer string) (int64, bool) {
	for number, name := range names {
		if name == consumer {
			return number, true
		}
	}
	return 0, false
}
