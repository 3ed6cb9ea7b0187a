//go:build !race

package crashpoint_test

import "time"

const (
	raced    = false
	workers  = 10               // runs at a time: they often wait
	patience = 30 * time.Second // for what takes milliseconds, or seconds where the program itself waits
	usual    = 4                // runs without faults
)
