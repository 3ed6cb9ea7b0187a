package money

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"
)

// ErrWeights says that an amount can't be divided by the given weights: one is
// negative, all are zero, or there are none.
var ErrWeights = errors.New("weights must be zero or more, and one of them more")

// Allocate divides the amount in proportion to the weights; the shares sum up to
// it exactly. Each share is rounded towards zero first; the units that remain go
// one each to the shares that lost most, the earlier one first where they lost
// the same (the largest remainder method). A weight of zero gets nothing. Used for
// a discount over lines, a refund over payments.
//
// Errors: ErrWeights, and ErrOverflow when the weights' sum doesn't fit.
func (m Money) Allocate(weights ...int64) ([]Money, error) {
	total, err := sumWeights(weights)
	if err != nil {
		return nil, fmt.Errorf("allocate %s: %w", m, err)
	}
	shares := make([]uint64, len(weights))
	lost := make([]uint64, len(weights))
	left := magnitude(m.Amount)
	for i, weight := range weights {
		// 128 bits in between: the product overflows, the share can't, since
		// no weight exceeds the total.
		high, low := bits.Mul64(magnitude(m.Amount), magnitude(weight))
		shares[i], lost[i] = bits.Div64(high, low, total)
		left -= shares[i]
	}
	for _, i := range byLoss(lost)[:left] {
		shares[i]++
	}
	return m.withAmounts(shares), nil
}

func sumWeights(weights []int64) (uint64, error) {
	var total uint64
	for _, weight := range weights {
		if weight < 0 {
			return 0, ErrWeights
		}
		sum, carry := bits.Add64(total, uint64(weight), 0)
		if carry != 0 {
			return 0, fmt.Errorf("sum of weights: %w", ErrOverflow)
		}
		total = sum
	}
	if total == 0 {
		return 0, ErrWeights
	}
	return total, nil
}

// byLoss answers the indices, the largest loss first. Fewer units remain than
// shares lost something, so no share that lost nothing is reached.
func byLoss(lost []uint64) []int {
	order := make([]int, len(lost))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case lost[a] > lost[b]:
			return -1
		case lost[a] < lost[b]:
			return 1
		}
		return 0
	})
	return order
}

func (m Money) withAmounts(magnitudes []uint64) []Money {
	result := make([]Money, len(magnitudes))
	for i, magnitude := range magnitudes {
		amount, _ := signed(magnitude, m.Amount < 0) // fits: it is no larger than m
		result[i] = Money{Amount: amount, Currency: m.Currency}
	}
	return result
}
