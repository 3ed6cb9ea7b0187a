package chaos_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// disk is a file system of its own, in memory, that is full when the rig wants it to be.
type disk struct{ folder string }

const diskSize = 1 << 30

// newDisk needs the right to mount; without it there are no full disks, which the test says.
func newDisk(t *testing.T, folder string) *disk {
	t.Helper()
	if err := syscall.Mount("chaos", folder, "tmpfs", 0, fmt.Sprintf("size=%d", diskSize)); err != nil {
		t.Logf("no disk will be full: a file system of our own can't be mounted (%v)", err)
		return nil
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(folder, syscall.MNT_DETACH)) })
	return &disk{folder}
}

// fill leaves no room but a few blocks, for a while.
func (d *disk) fill(length time.Duration) bool {
	var stat syscall.Statfs_t
	if syscall.Statfs(d.folder, &stat) != nil {
		return false
	}
	used := int64(stat.Blocks-stat.Bfree)*stat.Bsize + 16<<10
	if d.resize(used) != nil {
		return false // more was written in between
	}
	time.Sleep(length)
	return d.resize(diskSize) == nil
}

func (d *disk) resize(size int64) error {
	return syscall.Mount("chaos", d.folder, "tmpfs", syscall.MS_REMOUNT, fmt.Sprintf("size=%d", size))
}
