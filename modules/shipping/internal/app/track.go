package app

import (
	"context"

	"github.com/banyan-commerce/banyan/modules/shipping"
	"github.com/banyan-commerce/banyan/modules/shipping/internal/core"
	"github.com/banyan-commerce/banyan/modules/shipping/internal/store"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Track records what happened to a parcel and moves its shipment, if it was not known and is not
// overtaken. It returns shipping.ErrNotFound, ErrCancelled, ErrTrackingMissing and ErrTrackingTaken.
func (a *App) Track(ctx context.Context, shipmentID shipping.ID, t core.Tracking) (View, error) {
	err := sqldb.InTx(ctx, a.db, func(tx *sqldb.Tx) error { return a.track(ctx, tx, shipmentID, t) })
	if err != nil {
		return View{}, err
	}
	return a.Read(ctx, shipmentID)
}

func (a *App) track(ctx context.Context, tx *sqldb.Tx, shipmentID shipping.ID, t core.Tracking) error {
	s, err := store.Lock(ctx, tx, shipmentID)
	if err != nil {
		return err
	}
	key := s.Key(t)
	err = store.InsertTracking(ctx, tx, s.ID, key, a.now())
	if sqldb.IsDuplicate(err) {
		return known(ctx, tx, s.ID, key)
	}
	if err != nil {
		return err
	}
	step, err := s.Track(t, a.now())
	if err != nil {
		return err
	}
	return a.advance(ctx, tx, s, answered{Step: step})
}

// known allows that an event is told again, of the shipment it was told of.
func known(ctx context.Context, tx *sqldb.Tx, shipmentID shipping.ID, key core.Tracking) error {
	owner, err := store.TrackingOwner(ctx, tx, key)
	if err != nil {
		return err
	}
	if owner != shipmentID {
		return shipping.ErrTrackingTaken
	}
	return nil
}
