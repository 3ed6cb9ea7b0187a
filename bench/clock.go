package main

import "time"

// now is the one place where this program looks at the clock.
func now() time.Time { return time.Now() } //nolint:forbidigo // a benchmark measures real time
