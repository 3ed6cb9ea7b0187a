package app

import (
	"context"

	"github.com/banyan-commerce/banyan/modules/shipping"
	"github.com/banyan-commerce/banyan/modules/shipping/internal/core"
	"github.com/banyan-commerce/banyan/modules/shipping/internal/store"
	"github.com/banyan-commerce/banyan/platform/id"
)

// View is a shipment with all that was told of it.
type View struct {
	core.Shipment
	Tracking []core.Tracking
}

// Read returns shipping.ErrNotFound.
func (a *App) Read(ctx context.Context, shipmentID shipping.ID) (View, error) {
	s, err := store.Get(ctx, a.db, shipmentID)
	if err != nil {
		return View{}, err
	}
	views, err := a.views(ctx, []core.Shipment{s})
	if err != nil {
		return View{}, err
	}
	return views[0], nil
}

// Filter narrows a list; its zero fields don't.
type Filter struct {
	OrderID id.UUID
	Status  core.Status
	Before  shipping.ID // older than this one
	Limit   int
}

// List reads shipments, the newest first.
func (a *App) List(ctx context.Context, f Filter) ([]View, error) {
	shipments, err := store.List(ctx, a.db, store.Filter(f))
	if err != nil {
		return nil, err
	}
	return a.views(ctx, shipments)
}

func (a *App) views(ctx context.Context, shipments []core.Shipment) ([]View, error) {
	ids := make([]shipping.ID, len(shipments))
	for i, s := range shipments {
		ids[i] = s.ID
	}
	tracking, err := store.Trackings(ctx, a.db, ids...)
	if err != nil {
		return nil, err
	}
	views := make([]View, len(shipments))
	for i, s := range shipments {
		views[i] = View{Shipment: s, Tracking: tracking[s.ID]}
	}
	return views, nil
}
