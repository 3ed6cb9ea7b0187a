// Package ops lets an operator look at what is stuck in any schema of a program, and decide about it.
// It knows schemas, and no module. Rows are named by schema and ID; what is decided, bus and task do in
// one transaction with its audit entry.
package ops

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/banyan-commerce/banyan/platform/audit"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// ErrNoSchema is returned for the name of a schema that this program has not opened.
var ErrNoSchema = fault.New(fault.NotFound, "schema_not_found", "There is no such module here.")

// Desk is where an operator works.
type Desk struct {
	schemas []*sqldb.DB // by name
	bus     *bus.Bus
	now     func() time.Time
}

// New makes a desk over open schemas. The bus tells what waits on its way between processes; a program that
// runs none gives nil.
func New(schemas []*sqldb.DB, b *bus.Bus, now func() time.Time) *Desk {
	sorted := slices.Clone(schemas)
	slices.SortFunc(sorted, func(a, b *sqldb.DB) int { return cmp.Compare(a.Module(), b.Module()) })
	return &Desk{schemas: sorted, bus: b, now: now}
}

func (d *Desk) schema(name string) (*sqldb.DB, error) {
	for _, db := range d.schemas {
		if db.Module() == name {
			return db, nil
		}
	}
	return nil, ErrNoSchema
}

func (d *Desk) by(actor, reason string) audit.By {
	return audit.By{Actor: actor, At: d.now(), Reason: reason}
}

// Status reads how events stand.
func (d *Desk) Status(ctx context.Context) (bus.Status, error) { return bus.ReadStatus(ctx, d.schemas) }

// Crossings reads what waits on its way between this process and others.
func (d *Desk) Crossings(ctx context.Context) []bus.Crossing {
	if d.bus == nil {
		return nil
	}
	return d.bus.Crossings(ctx)
}

// in is something of one schema.
type in[T any] struct {
	Module string
	It     T
}

// first cuts the sorted union of what several schemas gave: each gave at most limit of its own.
func first[T any](all []in[T], limit int, compare func(a, b T) int) []in[T] {
	slices.SortFunc(all, func(a, b in[T]) int { return compare(a.It, b.It) })
	return all[:min(len(all), limit)]
}

func within[T any](module string, items []T) []in[T] {
	all := make([]in[T], len(items))
	for i, it := range items {
		all[i] = in[T]{Module: module, It: it}
	}
	return all
}
