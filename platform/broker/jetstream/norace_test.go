//go:build !race

package jetstream_test

const racing = false
