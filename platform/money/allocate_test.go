package money_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/money"
)

func TestAllocateGivesTheOddUnitsToWhoLostMost(t *testing.T) {
	t.Parallel()
	cases := []struct {
		amount  int64
		weights []int64
		want    []int64
	}{
		{100, []int64{1, 1, 1}, []int64{34, 33, 33}},
		{5, []int64{3, 7}, []int64{2, 3}},
		{100, []int64{1, 2, 4}, []int64{14, 29, 57}},
		{-100, []int64{1, 1, 1}, []int64{-34, -33, -33}},
		{7, []int64{0, 1, 0}, []int64{0, 7, 0}},
		{1, []int64{1, 0, 2}, []int64{0, 0, 1}},
		{0, []int64{1, 2}, []int64{0, 0}},
		{math.MinInt64, []int64{5}, []int64{math.MinInt64}},
		{math.MaxInt64, []int64{math.MaxInt64, math.MaxInt64}, []int64{math.MaxInt64/2 + 1, math.MaxInt64 / 2}},
	}
	for _, c := range cases {
		got, err := krw(c.amount).Allocate(c.weights...)
		require.NoError(t, err)
		amounts := make([]int64, 0, len(got))
		for _, share := range got {
			require.Equal(t, money.Currency("KRW"), share.Currency)
			amounts = append(amounts, share.Amount)
		}
		require.Equal(t, c.want, amounts, "%d by %v", c.amount, c.weights)
	}
}

func TestAllocateRefusesWeightsThatDivideNothing(t *testing.T) {
	t.Parallel()
	for _, weights := range [][]int64{nil, {0}, {0, 0}, {1, -1}, {2, -1}} {
		_, err := eur(100).Allocate(weights...)
		require.ErrorIs(t, err, money.ErrWeights)
	}
	_, err := eur(100).Allocate(math.MaxInt64, math.MaxInt64, math.MaxInt64)
	require.ErrorIs(t, err, money.ErrOverflow)
}

func TestAllocateLosesNoUnitAndIsOffByLessThanOne(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(4217, 3))
	for range 5_000 {
		whole, weights, total := anyAllocation(random)
		shares, err := whole.Allocate(weights...)
		require.NoError(t, err)
		sum := big.NewInt(0)
		for i, share := range shares {
			sum.Add(sum, big.NewInt(share.Amount))
			// |share * total - whole * weight| < total, so the share is within one unit of exact.
			exact := new(big.Int).Mul(big.NewInt(whole.Amount), big.NewInt(weights[i]))
			off := new(big.Int).Mul(big.NewInt(share.Amount), total)
			off.Sub(off, exact).Abs(off)
			require.Negative(t, off.Cmp(total), "%s by %v gave %v", whole, weights, shares)
		}
		require.Equal(t, big.NewInt(whole.Amount).String(), sum.String())
	}
}

func anyAllocation(random *rand.Rand) (whole money.Money, weights []int64, total *big.Int) {
	weights = make([]int64, 1+random.IntN(8))
	total = new(big.Int)
	for i := range weights {
		weights[i] = random.Int64() >> (3 + random.IntN(60))
		total.Add(total, big.NewInt(weights[i]))
	}
	if total.Sign() == 0 {
		weights[0] = 1
		total.SetInt64(1)
	}
	return eur(anyAmount(random)), weights, total
}
