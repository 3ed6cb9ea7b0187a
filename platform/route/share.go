package route

import (
	"crypto/sha256"
	"encoding/binary"
)

// Side is one of the two processes that host a module.
type Side int

// The sides, as this process sees them.
const (
	Here Side = iota
	Away
)

// String is how metrics and reports call it.
func (s Side) String() string {
	if s == Away {
		return "away"
	}
	return "here"
}

func (s Side) other() Side { return Away - s }

// circle is the number of places that keys are spread over: a hundred for each percent.
const circle = 10_000

// Goes says whether what has this key belongs to a share of so many percent of a module's work. It is the
// same in every process and at every time, and a larger share has all the keys of a smaller one: a key has
// its place on a circle, and the share is how much of the circle counts, from its beginning. Modules have
// circles of their own, so that the customers who try one out don't try all of them out.
func Goes(module, key string, percent int) bool {
	return percent > 0 && place(module, key) < percent*(circle/100)
}

func place(module, key string) int {
	sum := sha256.Sum256([]byte(module + "\x00" + key))
	return int(binary.BigEndian.Uint64(sum[:8]) % circle)
}
