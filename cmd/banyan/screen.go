package main

import "time"

// What the commands share that show how far they have come.

const (
	redrawEvery = 200 * time.Millisecond
	eraseLine   = "\r\x1b[K" // ECMA-48: carriage return, erase to the end of the line
)

func rate(rows int64, took time.Duration) float64 {
	return float64(rows) / max(took.Seconds(), 0.001)
}
