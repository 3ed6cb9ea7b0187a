// Package sample is the little statistics that a measurement needs. It works on what was measured and
// never on an average of averages.
package sample

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// Quantile is the smallest value that at least the share q (0 to 1) of the values doesn't exceed: the
// nearest-rank definition, which never invents a value. Of no values it is 0. It sorts them in place.
func Quantile(values []time.Duration, q float64) time.Duration {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	rank := int(math.Ceil(q*float64(len(values)) - 1e-9)) // 0.29*1000 is a little more than 290
	return values[min(max(rank, 1), len(values))-1]
}

// Median is the middle value, of an even number the lower of the two in the middle. Of no values it is 0.
func Median[T cmp.Ordered](values []T) T {
	var none T
	if len(values) == 0 {
		return none
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[(len(sorted)-1)/2]
}

// Rate is how many a second; 0 if no time has passed.
func Rate(n int, took time.Duration) float64 { return Per(float64(n), took.Seconds()) }

// Per is a share of b; 0 if there is no b.
func Per(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// Short is a duration in milliseconds with three digits.
func Short(d time.Duration) string {
	ms := float64(d) / float64(time.Millisecond)
	switch {
	case ms >= 100:
		return fmt.Sprintf("%.0f ms", ms)
	case ms >= 10:
		return fmt.Sprintf("%.1f ms", ms)
	}
	return fmt.Sprintf("%.2f ms", ms)
}
