package sample_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/internal/sample"
)

func upTo(n int) []time.Duration {
	values := make([]time.Duration, n)
	for i := range values {
		values[i] = time.Duration(n - i)
	}
	return values
}

func TestAQuantileIsAMeasuredValueByNearestRank(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		values []time.Duration
		q      float64
		want   time.Duration
	}{
		{nil, 0.5, 0},
		{upTo(1), 0.99, 1},
		{upTo(100), 0.5, 50},
		{upTo(100), 0.99, 99},
		{upTo(101), 0.5, 51},
		{upTo(10), 0.99, 10},
		{upTo(10), 0, 1},
		{upTo(10), 1, 10},
		{upTo(1000), 0.29, 290},
	} {
		require.Equal(t, c.want, sample.Quantile(c.values, c.q), "%g of %d values", c.q, len(c.values))
	}
}

func TestTheMedianIsOneOfTheValuesAndLeavesTheirOrder(t *testing.T) {
	t.Parallel()
	values := []float64{3, 1, 2}
	require.InDelta(t, 2, sample.Median(values), 0)
	require.Equal(t, []float64{3, 1, 2}, values)
	require.InDelta(t, 1, sample.Median([]float64{2, 1}), 0)
	require.Zero(t, sample.Median[float64](nil))
}

func TestNothingPerNothingIsNothing(t *testing.T) {
	t.Parallel()
	require.Zero(t, sample.Rate(5, 0))
	require.InDelta(t, 2.5, sample.Rate(5, 2*time.Second), 0)
}
