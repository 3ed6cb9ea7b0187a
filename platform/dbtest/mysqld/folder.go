package mysqld

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

const (
	memoryFolder = "/dev/shm" // Linux keeps its files in memory
	roomInMemory = 4 << 30    // bytes that must be free there; a run of all tests takes a fifth
	finished     = "banyan-mysqld-"
	unfinished   = "banyan-new-"
)

// folder holds all files of a server. Its lock tells other starters that it is in use; the kernel
// lets go of it with the process, however that ends.
type folder struct {
	path string
	lock *os.File
}

// baseFolder is where servers' folders are: TMPDIR if it is set. Otherwise a quick server lives in
// memory where there is room, because a CREATE TABLE waits for several syncs of the disk: migrating
// a schema is ten times as fast. The path stays short: a socket's whole path has 108 bytes on Linux
// and 104 elsewhere.
func baseFolder(durable bool) string {
	base := os.TempDir()
	if len(base) > 60 {
		base = "/tmp"
	}
	if durable || os.Getenv("TMPDIR") != "" || freeBytes(memoryFolder) < roomInMemory {
		return base
	}
	return memoryFolder
}

func freeBytes(path string) uint64 {
	var stat syscall.Statfs_t
	if err := syscall.Statfs(path, &stat); err != nil {
		return 0
	}
	return stat.Bavail * uint64(stat.Bsize) //nolint:gosec // G115: a block has no negative size
}

// newFolder makes a locked folder. It has its final name only after it is locked, so that nobody
// takes it for abandoned.
func newFolder(base string) (folder, error) {
	removeAbandoned(base)
	made, err := os.MkdirTemp(base, unfinished)
	if err != nil {
		return folder{}, err
	}
	path := filepath.Join(base, finished+strings.TrimPrefix(filepath.Base(made), unfinished))
	lock, err := lockFolder(made)
	if err != nil {
		return folder{}, errors.Join(err, os.RemoveAll(made))
	}
	f := folder{path: path, lock: lock}
	err = errors.Join(
		os.Mkdir(filepath.Join(made, "data"), 0o700),
		os.Mkdir(filepath.Join(made, "tmp"), 0o700),
		os.Rename(made, path),
	)
	if err != nil {
		return folder{}, errors.Join(err, lock.Close(), os.RemoveAll(made))
	}
	return f, nil
}

func lockFolder(path string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(path, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), file.Close())
	}
	return file, nil
}

// removeAbandoned deletes what starters left that were killed before they could. Somebody else's
// folders can't be locked and stay.
func removeAbandoned(base string) {
	list, _ := filepath.Glob(filepath.Join(base, finished+"*"))
	for _, path := range list {
		if lock, err := lockFolder(path); err == nil {
			_ = os.RemoveAll(path) // another starter may be at the same thing
			_ = lock.Close()
		}
	}
}

func (f folder) join(name string) string { return filepath.Join(f.path, name) }

func (f folder) remove() error {
	err := os.RemoveAll(f.path)
	if closed := f.lock.Close(); !errors.Is(closed, os.ErrClosed) {
		err = errors.Join(err, closed)
	}
	return err
}
