//go:build !linux

package chaos_test

import (
	"testing"
	"time"
)

type disk struct{}

func newDisk(t *testing.T, _ string) *disk {
	t.Helper()
	t.Log("no disk will be full: only Linux is known to this test")
	return nil
}

func (*disk) fill(time.Duration) bool { return false }
