package core_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/core"
)

func TestMovingAPromiseChangesStockByWhatIsStillOpen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to core.State
		want     core.Change // zero: it does not move
	}{
		{core.Held, core.Allocated, core.Change{SKU: "A", Held: -3, Allocated: 3}},
		{core.Held, core.Released, core.Change{SKU: "A", Held: -3}},
		{core.Held, core.Expired, core.Change{SKU: "A", Held: -3}},
		{core.Held, core.Held, core.Change{}},
		{core.Held, core.Shipped, core.Change{}},
		{core.Allocated, core.Released, core.Change{SKU: "A", Allocated: -3}},
		{core.Allocated, core.Held, core.Change{}},
		{core.Allocated, core.Allocated, core.Change{}},
		{core.Expired, core.Held, core.Change{SKU: "A", Held: 3}},
		{core.Expired, core.Allocated, core.Change{SKU: "A", Allocated: 3}},
		{core.Expired, core.Released, core.Change{}},
		{core.Released, core.Allocated, core.Change{SKU: "A", Allocated: 3}},
		{core.Released, core.Expired, core.Change{}},
		{core.Shipped, core.Released, core.Change{}},
		{core.Shipped, core.Allocated, core.Change{}},
	} {
		p := core.Promise{Line: 1, SKU: "A", Quantity: 5, Shipped: 2, State: c.from}
		moved, changes := core.Move([]core.Promise{p}, c.to)
		if c.want == (core.Change{}) {
			require.Empty(t, moved, "%s to %s", c.from, c.to)
			require.Empty(t, changes, "%s to %s", c.from, c.to)
			continue
		}
		require.Equal(t, []core.Change{c.want}, changes, "%s to %s", c.from, c.to)
		require.Equal(t, c.to, moved[0].State)
	}
}

func TestAParcelIsSharedAmongTheLinesOfItsSKU(t *testing.T) {
	t.Parallel()
	promises := []core.Promise{
		{Line: 0, SKU: "A", Quantity: 2, State: core.Allocated},
		{Line: 1, SKU: "B", Quantity: 1, State: core.Held},
		{Line: 2, SKU: "A", Quantity: 2, State: core.Allocated},
	}
	moved, changes, err := core.Ship(promises, []core.Need{{SKU: "A", Quantity: 3}, {SKU: "B", Quantity: 1}})
	require.NoError(t, err)
	require.Equal(t, []core.Promise{
		{Line: 0, SKU: "A", Quantity: 2, Shipped: 2, State: core.Shipped},
		{Line: 2, SKU: "A", Quantity: 2, Shipped: 1, State: core.Allocated},
		{Line: 1, SKU: "B", Quantity: 1, Shipped: 1, State: core.Shipped},
	}, moved)
	require.Equal(t, []core.Change{{SKU: "A", OnHand: -3, Allocated: -3}, {SKU: "B", OnHand: -1, Held: -1}}, changes)

	_, _, err = core.Ship(promises, []core.Need{{SKU: "A", Quantity: 5}})
	require.ErrorIs(t, err, core.ErrShippedMore)
	_, _, err = core.Ship(promises, []core.Need{{SKU: "C", Quantity: 1}})
	require.ErrorIs(t, err, core.ErrShippedMore)
}

func TestNeedsAreSummedAndSorted(t *testing.T) {
	t.Parallel()
	needs := core.Needs([]catalog.ReserveLine{{SKU: "B", Quantity: 1}, {SKU: "A", Quantity: 2}, {SKU: "B", Quantity: 3}})
	require.Equal(t, []core.Need{{SKU: "A", Quantity: 2}, {SKU: "B", Quantity: 4}}, needs)
	short := core.Shortages(needs, map[string]core.Stock{"A": {OnHand: 3, Held: 1}, "B": {OnHand: 1, Allocated: 2}})
	require.Equal(t, []catalog.Shortage{{SKU: "B", Requested: 4, Available: 0}}, short)
}
