//go:build race

package crashpoint_test

import "time"

// The race detector makes SQLite thirty times slower.
const (
	raced    = true
	workers  = 2
	patience = 3 * time.Minute
	usual    = 2 // runs without faults
)
