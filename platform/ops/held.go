package ops

import (
	"context"

	"github.com/banyan-commerce/banyan/platform/bus"
)

// Held is a held event and its schema.
type Held = in[bus.Held]

// HeldFilter selects held events; what is zero does not select.
type HeldFilter struct {
	bus.HeldFilter // After is an ID in FromModule

	Module     string
	FromModule string // where a list goes on
}

// Held lists held events, by schema and ID.
func (d *Desk) Held(ctx context.Context, f HeldFilter) ([]Held, error) {
	var list []Held
	for _, db := range d.schemas {
		if f.Module != "" && f.Module != db.Module() || db.Module() < f.FromModule {
			continue
		}
		own := f.HeldFilter
		own.Limit -= len(list)
		if db.Module() != f.FromModule {
			own.After = 0
		}
		held, err := bus.ListHeld(ctx, db, own)
		if err != nil {
			return nil, err
		}
		list = append(list, within(db.Module(), held)...)
		if len(list) >= f.Limit {
			break
		}
	}
	return list, nil
}

// ShowHeld reads one held event. It returns ErrNoSchema or bus.ErrHeldNotFound.
func (d *Desk) ShowHeld(ctx context.Context, module string, heldID int64) (Held, error) {
	db, err := d.schema(module)
	if err != nil {
		return Held{}, err
	}
	h, err := bus.ShowHeld(ctx, db, heldID)
	return Held{Module: module, It: h}, err
}

// Replay lets dead events run again; see bus.Replay. It returns ErrNoSchema besides.
func (d *Desk) Replay(ctx context.Context, actor, module string, heldID int64, scope bus.Scope) (int64, error) {
	db, err := d.schema(module)
	if err != nil {
		return 0, err
	}
	return bus.Replay(ctx, db, heldID, scope, d.by(actor, ""))
}

// Discard gives an event up; see bus.Discard. It returns ErrNoSchema besides.
func (d *Desk) Discard(ctx context.Context, actor, module string, heldID int64, reason string) error {
	db, err := d.schema(module)
	if err != nil {
		return err
	}
	return bus.Discard(ctx, db, heldID, d.by(actor, reason))
}
