package core

import (
	"cmp"
	"maps"
	"slices"

	"github.com/banyan-commerce/banyan/modules/catalog"
)

// Stock of one SKU at one location.
type Stock struct {
	SKU       string
	OnHand    int64 // pieces there
	Held      int64 // of these, promised to orders that are not confirmed
	Allocated int64 // of these, promised to confirmed orders
}

// Available is what can still be promised. It is negative when pieces got lost that were promised.
func (s Stock) Available() int64 { return s.OnHand - s.Held - s.Allocated }

// Need is a quantity of one SKU.
type Need struct {
	SKU      string
	Quantity int64
}

// Needs sums the lines per SKU and sorts them, so that all who lock stock rows do it in one order.
func Needs(lines []catalog.ReserveLine) []Need {
	sum := map[string]int64{}
	for _, line := range lines {
		sum[line.SKU] += line.Quantity
	}
	return sorted(sum)
}

// Sum adds up what several need.
func Sum(several [][]Need) []Need {
	sum := map[string]int64{}
	for _, needs := range several {
		for _, n := range needs {
			sum[n.SKU] += n.Quantity
		}
	}
	return sorted(sum)
}

func sorted(sum map[string]int64) []Need {
	needs := make([]Need, 0, len(sum))
	for _, sku := range slices.Sorted(maps.Keys(sum)) {
		needs = append(needs, Need{SKU: sku, Quantity: sum[sku]})
	}
	return needs
}

// Shortages lists what the stock doesn't suffice for.
func Shortages(needs []Need, stock map[string]Stock) []catalog.Shortage {
	var short []catalog.Shortage
	for _, n := range needs {
		if left := stock[n.SKU].Available(); left < n.Quantity {
			short = append(short, catalog.Shortage{SKU: n.SKU, Requested: n.Quantity, Available: max(left, 0)})
		}
	}
	return short
}

// Change is what is added to the stock of one SKU.
type Change struct {
	SKU                     string
	OnHand, Held, Allocated int64
}

// Changes sums per SKU, sorts, and leaves out what changes nothing.
func Changes(all []Change) []Change {
	sum := map[string]Change{}
	for _, c := range all {
		s := sum[c.SKU]
		sum[c.SKU] = Change{
			SKU: c.SKU, OnHand: s.OnHand + c.OnHand, Held: s.Held + c.Held, Allocated: s.Allocated + c.Allocated,
		}
	}
	changes := slices.Collect(maps.Values(sum))
	changes = slices.DeleteFunc(changes, func(c Change) bool { return c == Change{SKU: c.SKU} })
	slices.SortFunc(changes, func(a, b Change) int { return cmp.Compare(a.SKU, b.SKU) })
	return changes
}
