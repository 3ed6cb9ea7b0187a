package readiness

import "sort"

// histogram is one of Prometheus; several with the same bounds may be added up.
type histogram struct {
	buckets []bucket
	total   uint64
}

// bucket counts what took at most so many seconds.
type bucket struct {
	bound float64
	count uint64
}

func (h *histogram) add(other histogram) {
	for i, b := range other.buckets {
		if i == len(h.buckets) {
			h.buckets = append(h.buckets, bucket{bound: b.bound})
		}
		h.buckets[i].count += b.count
	}
	h.total += other.total
}

// quantiles are nil if nothing was observed.
func (h *histogram) quantiles() *Times {
	if h.total == 0 || len(h.buckets) == 0 {
		return nil
	}
	return &Times{rounded(1000 * h.quantile(0.5)), rounded(1000 * h.quantile(0.99))}
}

// quantile supposes that what a bucket counts lies evenly in it. What is beyond the last bound is taken to lie
// at it.
func (h *histogram) quantile(q float64) float64 {
	rank := q * float64(h.total)
	i := sort.Search(len(h.buckets), func(i int) bool { return float64(h.buckets[i].count) >= rank })
	if i == len(h.buckets) {
		return h.buckets[i-1].bound
	}
	var below bucket
	if i > 0 {
		below = h.buckets[i-1]
	}
	b := h.buckets[i]
	return below.bound + (b.bound-below.bound)*(rank-float64(below.count))/float64(b.count-below.count)
}
