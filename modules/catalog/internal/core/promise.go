package core

import (
	"errors"
	"fmt"
)

// State of a promise: one line of an order and the pieces kept for it.
type State string

// The states. Held and Allocated count in the stock's columns of those names.
const (
	Held      State = "held"      // until the order is confirmed, or its deadline
	Allocated State = "allocated" // the order is confirmed
	Shipped   State = "shipped"   // the pieces have left
	Released  State = "released"  // the order has ended
	Expired   State = "expired"   // nobody claimed the hold in time
)

// Promise is one line of an order.
type Promise struct {
	Line     int
	SKU      string
	Quantity int64
	Shipped  int64 // of Quantity
	State    State
}

// Open is how many pieces are still to be shipped.
func (p Promise) Open() int64 { return p.Quantity - p.Shipped }

// live says whether stock is kept for the promise.
func (p Promise) live() bool { return p.State == Held || p.State == Allocated }

// kept is how a promise with that many open pieces counts in the stock.
func (p Promise) kept(pieces int64) Change {
	c := Change{SKU: p.SKU}
	switch p.State {
	case Held:
		c.Held = pieces
	case Allocated:
		c.Allocated = pieces
	case Shipped, Released, Expired:
	}
	return c
}

// mayBecome: what has left stays shipped, what is allocated is not merely held again, and what is
// given back is given back once.
func (p Promise) mayBecome(to State) bool {
	switch to {
	case Held:
		return p.State == Expired || p.State == Released
	case Released, Expired:
		return p.live()
	case Allocated:
		return p.State != Shipped
	case Shipped:
	}
	return false // by Ship alone
}

// Move says which promises change to a state, and what that does to the stock. To do it twice
// gives back, or takes, once.
func Move(promises []Promise, to State) (moved []Promise, changes []Change) {
	for _, p := range promises {
		if p.State == to || !p.mayBecome(to) {
			continue
		}
		before, after := p.kept(-p.Open()), Promise{SKU: p.SKU, State: to}
		p.State = to
		moved = append(moved, p)
		changes = append(changes, before, after.kept(p.Open()))
	}
	return moved, Changes(changes)
}

// ErrShippedMore: a parcel holds more pieces of a SKU than the order has promises for.
var ErrShippedMore = errors.New("more pieces are shipped than are promised")

// Ship takes a parcel's pieces off the promises. It returns ErrShippedMore, because such a fact needs
// a person: neither the stock nor the order would be right afterwards.
func Ship(promises []Promise, parcel []Need) (moved []Promise, changes []Change, err error) {
	for _, n := range parcel {
		left := n.Quantity
		for _, p := range promises {
			take := min(left, p.Open())
			if p.SKU != n.SKU || take == 0 {
				continue
			}
			left -= take
			changes = append(changes, Change{SKU: p.SKU, OnHand: -take}, p.kept(-take))
			p.Shipped += take
			if p.Open() == 0 {
				p.State = Shipped
			}
			moved = append(moved, p)
		}
		if left > 0 {
			return nil, nil, fmt.Errorf("%w: %d of %s", ErrShippedMore, left, n.SKU)
		}
	}
	return moved, Changes(changes), nil
}
