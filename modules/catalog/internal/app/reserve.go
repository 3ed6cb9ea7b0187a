package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/core"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/store"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// errShort undoes a hold for which the stock did not suffice.
var errShort = errors.New("stock is short")

// reserveAttempts bounds how often a hold is tried again because stock came back while the
// shortage was being looked at.
const reserveAttempts = 3

// Reserve implements catalog.Service: one read, then the hold in a transaction that it may share with
// others (writeHolds).
func (a *App) Reserve(ctx context.Context, r catalog.ReserveRequest) (catalog.Reservation, error) {
	if err := core.Check(r); err != nil {
		return catalog.Reservation{}, err
	}
	needs := core.Needs(r.Lines)
	offers, err := store.Offers(ctx, a.db, skusOf(needs))
	if err != nil {
		return catalog.Reservation{}, fmt.Errorf("reserve: %w", err)
	}
	h, err := priced(r, offers)
	if err != nil {
		return a.replayOr(ctx, r, needs, err)
	}
	for range reserveAttempts {
		held, err := a.hold(ctx, h, needs)
		if err == nil && held.Fingerprint != h.Fingerprint {
			return catalog.Reservation{}, catalog.ErrKeyReused
		}
		if err == nil {
			return a.renewed(ctx, held, r, needs)
		}
		if !errors.Is(err, errShort) {
			return catalog.Reservation{}, fmt.Errorf("reserve: %w", err)
		}
		if err := a.shortage(ctx, needs); err != nil {
			return catalog.Reservation{}, err
		}
	}
	return catalog.Reservation{}, sqldb.ErrBusy
}

func skusOf(needs []core.Need) []string {
	skus := make([]string, len(needs))
	for i, n := range needs {
		skus[i] = n.SKU
	}
	return skus
}

// priced is the hold that the request asks for.
func priced(r catalog.ReserveRequest, offers map[string]core.Offer) (store.Hold, error) {
	lines, total, err := core.Quote(r, offers)
	if err != nil {
		return store.Hold{}, err
	}
	return store.Hold{
		Key: r.Key, Fingerprint: core.Fingerprint(r),
		Reservation: catalog.Reservation{OrderID: r.OrderID, HoldUntil: r.HoldUntil, Lines: lines, Total: total},
	}, nil
}

// replayOr answers what the key already holds. A price may have changed since: the first answer
// stands, and only a request that never held anything is refused.
func (a *App) replayOr(ctx context.Context, r catalog.ReserveRequest, needs []core.Need, refusal error) (catalog.Reservation, error) {
	held, found, err := store.FindHold(ctx, a.db, r.Key)
	switch {
	case err != nil:
		return catalog.Reservation{}, fmt.Errorf("reserve: %w", err)
	case !found:
		return catalog.Reservation{}, refusal
	case held.Fingerprint != core.Fingerprint(r):
		return catalog.Reservation{}, catalog.ErrKeyReused
	}
	return a.renewed(ctx, held, r, needs)
}

// hold writes the hold or answers the one that its key has. It returns errShort and
// catalog.ErrOrderTaken.
func (a *App) hold(ctx context.Context, h store.Hold, needs []core.Need) (store.Hold, error) {
	one := &holding{proposed: h, needs: needs}
	err := a.holdings.Do(ctx, one)
	return one.held, err
}

// holding is a hold on its way into the database.
type holding struct {
	proposed store.Hold
	needs    []core.Need
	held     store.Hold // the proposed one, or the one that its key has
}

// mostHoldings bounds the holds that share a transaction: with catalog.MaxLines each, their rows still fit
// into one statement of SQLite (32,766 parameters).
const mostHoldings = 24

// writeHolds writes holds that are asked for at the same time, and takes the sum of their stock. They come
// in the order of their keys, so that two processes wait for each other in one order. A shortage, or a
// key that is known, makes all of them go alone.
//
// The earlier hold of a key is read in the transaction that met it: on SQLite that may be one which waits
// for the same commit, and nobody else can see it yet.
func (a *App) writeHolds(ctx context.Context, tx *sqldb.Tx, batch []*holding) error {
	batch = slices.SortedFunc(slices.Values(batch), func(a, b *holding) int { return cmp.Compare(a.proposed.Key, b.proposed.Key) })
	holds, needs := make([]store.Hold, len(batch)), make([][]core.Need, len(batch))
	for i, one := range batch {
		one.held = one.proposed
		holds[i], needs[i] = one.proposed, one.needs
	}
	err := store.InsertHolds(ctx, tx, holds, a.now())
	if sqldb.IsDuplicate(err) && len(batch) == 1 {
		batch[0].held, err = firstHold(ctx, tx, batch[0].proposed.Key)
		return err
	}
	if err != nil {
		return err
	}
	enough, err := store.Take(ctx, tx, core.Sum(needs))
	if err == nil && !enough {
		err = errShort
	}
	return err
}

func firstHold(ctx context.Context, tx *sqldb.Tx, key string) (store.Hold, error) {
	held, found, err := store.FindHold(ctx, tx, key)
	if err == nil && !found {
		err = catalog.ErrOrderTaken
	}
	return held, err
}

// shortage is catalog.ErrOutOfStock with what is left, or nil if by now there is enough. It reads in
// a transaction, because on SQLite the pieces may have gone to orders that wait for the same commit.
func (a *App) shortage(ctx context.Context, needs []core.Need) error {
	var short []catalog.Shortage
	err := sqldb.InTx(ctx, a.db, func(tx *sqldb.Tx) error {
		stock, err := store.Stock(ctx, tx, skusOf(needs))
		short = core.Shortages(needs, stock)
		return err
	})
	if err != nil {
		return fmt.Errorf("reserve: %w", err)
	}
	if len(short) == 0 {
		return nil
	}
	return catalog.ErrOutOfStock.WithDetails(short)
}

// renewed is the answer of a hold. If its order was not placed (a crash between the two, and a late
// retry), one that ran out is held again until the deadline of the retry, and one of which little is left
// gets that deadline too: an order placed now needs its time.
func (a *App) renewed(ctx context.Context, h store.Hold, r catalog.ReserveRequest, needs []core.Need) (catalog.Reservation, error) {
	if h.Claimed || !r.HoldUntil.After(h.HoldUntil) || halfLeft(h.HoldUntil, r.HoldUntil, a.now()) {
		return h.Reservation, nil
	}
	var held store.Hold
	err := sqldb.InTx(ctx, a.db, func(tx *sqldb.Tx) error {
		var err error
		held, err = renew(ctx, tx, h, r.HoldUntil, needs)
		return err
	})
	if errors.Is(err, errShort) {
		return catalog.Reservation{}, a.outOfStock(ctx, needs)
	}
	if err != nil {
		return catalog.Reservation{}, fmt.Errorf("renew hold of order %s: %w", h.OrderID, err)
	}
	return held.Reservation, nil
}

// renew answers the hold with its new deadline, or as it is when the order was heard of meanwhile: it
// may even have ended, and nobody would give back what a claimed hold takes now. It returns errShort,
// and sqldb.ErrBusy when the hold has just been forgotten, so that a retry makes another.
func renew(ctx context.Context, tx *sqldb.Tx, h store.Hold, until time.Time, needs []core.Need) (store.Hold, error) {
	promises, err := store.LockPromises(ctx, tx, h.OrderID)
	if err != nil {
		return h, err
	}
	held, found, err := store.FindHold(ctx, tx, h.Key)
	if err == nil && !found {
		err = sqldb.ErrBusy
	}
	if err != nil || held.Claimed {
		return held, err
	}
	if err := store.ExtendHold(ctx, tx, held.OrderID, until); err != nil {
		return held, err
	}
	held.HoldUntil = until
	if promises[0].State != core.Expired {
		return held, nil
	}
	moved, _ := core.Move(promises, core.Held)
	if err := store.SavePromises(ctx, tx, held.OrderID, moved); err != nil {
		return held, err
	}
	enough, err := store.Take(ctx, tx, needs)
	if err == nil && !enough {
		err = errShort
	}
	return held, err
}

// halfLeft says whether at least half of the time that a hold made now would have is left of one.
func halfLeft(until, fresh, now time.Time) bool { return until.Sub(now) >= fresh.Sub(now)/2 }

func (a *App) outOfStock(ctx context.Context, needs []core.Need) error {
	if err := a.shortage(ctx, needs); err != nil {
		return err
	}
	return sqldb.ErrBusy
}
