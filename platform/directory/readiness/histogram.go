package readiness

import (
	"math"
	"slices"

	dto "github.com/prometheus/client_model/go"
)

// histogram is one of Prometheus, of which several may be added up.
type histogram struct {
	bounds []float64 // upper ones, in seconds
	counts []uint64  // at most that
	total  uint64
}

func (h *histogram) add(from *dto.Histogram) {
	for i, b := range from.GetBucket() {
		if i == len(h.bounds) {
			h.bounds, h.counts = append(h.bounds, b.GetUpperBound()), append(h.counts, 0)
		}
		h.counts[i] += b.GetCumulativeCount()
	}
	h.total += from.GetSampleCount()
}

// times are its quantiles; nil if nothing was observed.
func (h *histogram) times() *Times {
	if h == nil || h.total == 0 {
		return nil
	}
	return &Times{rounded(1000 * h.quantile(0.5)), rounded(1000 * h.quantile(0.99))}
}

// quantile supposes that what a bucket counts lies evenly in it. What is beyond the last bound is taken to lie
// at it.
func (h *histogram) quantile(q float64) float64 {
	rank := q * float64(h.total)
	i, _ := slices.BinarySearchFunc(h.counts, rank, func(n uint64, rank float64) int {
		return int(math.Copysign(1, float64(n)-rank)) // the first that reaches the rank
	})
	if i >= len(h.bounds) {
		return h.bounds[len(h.bounds)-1]
	}
	low, below := 0.0, uint64(0)
	if i > 0 {
		low, below = h.bounds[i-1], h.counts[i-1]
	}
	return low + (h.bounds[i]-low)*(rank-float64(below))/float64(h.counts[i]-below)
}
