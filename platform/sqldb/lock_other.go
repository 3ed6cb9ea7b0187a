//go:build !unix

package sqldb

import (
	"errors"
	"fmt"
	"os"
)

// lockFile takes the lock of the one writing process of a SQLite file. Where the system has no
// flock, the file's existence is the lock, and a crash leaves it behind for a person to remove.
func lockFile(path string) (unlock func() error, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %s exists", ErrLocked, path), err)
	}
	return func() error { return errors.Join(f.Close(), os.Remove(path)) }, nil
}
