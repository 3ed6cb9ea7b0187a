// Package audit records what operators decide about the events and tasks of a schema. An entry is
// written in the transaction of the decision, so that neither is there without the other; nothing
// changes or deletes one.
package audit

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const maxReason = 500 // characters; the column's width

// ErrReason is returned where a decision needs a reason and has none, or one that is too long.
var ErrReason = fault.New(fault.Invalid, "reason_needed", "This needs a reason of 1 to 500 characters.").
	WithFields(fault.Field{Location: "body.reason", Message: "must have 1 to 500 characters"})

// By says who decides, when and why.
type By struct {
	Actor  string
	At     time.Time
	Reason string
}

// RequireReason returns ErrReason to a decision without a usable reason.
func (b By) RequireReason() error {
	if strings.TrimSpace(b.Reason) == "" || utf8.RuneCountInString(b.Reason) > maxReason {
		return ErrReason
	}
	return nil
}

// Entry is one decision.
type Entry struct {
	ID       id.UUID
	At       time.Time
	Actor    string
	Action   string // for example "events.replay"
	Target   string
	Reason   string // empty where none is asked for
	Affected int64  // rows
}

const insertEntry = `INSERT INTO bus_audit (id, at, actor, action, target, reason, affected)
	VALUES (?, ?, ?, ?, ?, ?, ?)`

// Write records a decision in its transaction.
func (b By) Write(ctx context.Context, tx *sqldb.Tx, action, target string, affected int64) error {
	_, err := tx.Exec(ctx, insertEntry, id.New(), b.At.UnixMicro(), b.Actor, action, target, b.Reason, affected)
	if err != nil {
		return fmt.Errorf("audit %s of %s: %w", action, target, err)
	}
	return nil
}

type entryRow struct {
	ID       id.UUID `db:"id"`
	At       int64   `db:"at"`
	Actor    string  `db:"actor"`
	Action   string  `db:"action"`
	Target   string  `db:"target"`
	Reason   string  `db:"reason"`
	Affected int64   `db:"affected"`
}

const (
	selectNewest = "SELECT id, at, actor, action, target, reason, affected FROM bus_audit ORDER BY id DESC LIMIT ?"
	selectBefore = "SELECT id, at, actor, action, target, reason, affected FROM bus_audit WHERE id < ? ORDER BY id DESC LIMIT ?"
)

// List reads entries of a schema, newest first, those before an ID if it isn't zero.
func List(ctx context.Context, db *sqldb.DB, before id.UUID, limit int) ([]Entry, error) {
	query, args := selectNewest, []any{limit}
	if !before.IsZero() {
		query, args = selectBefore, []any{before, limit}
	}
	var rows []entryRow
	if err := db.Select(ctx, &rows, query, args...); err != nil {
		return nil, fmt.Errorf("read audit of %s: %w", db.Module(), err)
	}
	entries := make([]Entry, len(rows))
	for i, r := range rows {
		entries[i] = Entry{r.ID, time.UnixMicro(r.At).UTC(), r.Actor, r.Action, r.Target, r.Reason, r.Affected}
	}
	return entries, nil
}
