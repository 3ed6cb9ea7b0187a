package ops

import (
	"bytes"
	"context"

	"github.com/banyan-commerce/banyan/platform/audit"
	"github.com/banyan-commerce/banyan/platform/id"
)

// Entry is a decision and its schema.
type Entry = in[audit.Entry]

// Audit lists decisions, newest first, those before an ID if it isn't zero.
func (d *Desk) Audit(ctx context.Context, before id.UUID, limit int) ([]Entry, error) {
	var list []Entry
	for _, db := range d.schemas {
		entries, err := audit.List(ctx, db, before, limit)
		if err != nil {
			return nil, err
		}
		list = append(list, within(db.Module(), entries)...)
	}
	return first(list, limit, func(a, b audit.Entry) int { return bytes.Compare(b.ID[:], a.ID[:]) }), nil
}
