package app

import (
	"context"
	"fmt"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/core"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/store"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// SetStock says how many pieces of a SKU are there, and records by whom it was said. It returns
// catalog.ErrSKUNotFound, and catalog.ErrStockPromised when more are held or allocated.
func (a *App) SetStock(ctx context.Context, sku string, onHand int64, by string) (core.Stock, error) {
	known, err := store.SKUExists(ctx, a.db, sku)
	if err != nil {
		return core.Stock{}, fmt.Errorf("set stock: %w", err)
	}
	if !known {
		return core.Stock{}, catalog.ErrSKUNotFound
	}
	var now core.Stock
	err = sqldb.InTx(ctx, a.db, func(tx *sqldb.Tx) error {
		stock, err := store.LockStock(ctx, tx, []string{sku})
		if err != nil {
			return err
		}
		before := stock[sku]
		if onHand < before.Held+before.Allocated {
			return catalog.ErrStockPromised.WithDetails(catalog.Promised{Held: before.Held, Allocated: before.Allocated})
		}
		now = core.Stock{SKU: sku, OnHand: onHand, Held: before.Held, Allocated: before.Allocated}
		return a.putStock(ctx, tx, []core.Need{{SKU: sku, Quantity: onHand}}, stock, by)
	})
	if err != nil {
		return core.Stock{}, fmt.Errorf("set stock of %s: %w", sku, err)
	}
	return now, nil
}

// putStock writes counts and, where they differ from before, the movements.
func (a *App) putStock(ctx context.Context, tx *sqldb.Tx, counts []core.Need, before map[string]core.Stock, by string) error {
	var moves []store.Movement
	for _, c := range counts {
		if difference := c.Quantity - before[c.SKU].OnHand; difference != 0 {
			moves = append(moves, store.Movement{SKU: c.SKU, Quantity: difference})
		}
	}
	if err := store.InsertMovements(ctx, tx, moves, store.ReasonSet, by, a.now()); err != nil {
		return err
	}
	return store.PutOnHand(ctx, tx, counts)
}

// Drift lists SKUs whose stock isn't what its movements and promises make it; none is right.
func (a *App) Drift(ctx context.Context) ([]store.Drift, error) {
	drift, err := store.FindDrift(ctx, a.db)
	if err != nil {
		return nil, fmt.Errorf("look for drift: %w", err)
	}
	return drift, nil
}
