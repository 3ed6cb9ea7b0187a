//go:build !linux

package shoptest

import "syscall"

// ownGroup: only Linux can tie the program's life to the test's.
func ownGroup() *syscall.SysProcAttr { return nil }
