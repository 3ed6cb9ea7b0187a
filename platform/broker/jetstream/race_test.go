//go:build race

package jetstream_test

// racing: SQLite in Go is thirty times slower under the race detector.
const racing = true
