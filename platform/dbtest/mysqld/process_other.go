//go:build unix && !linux

package mysqld

import "syscall"

// detached keeps the terminal's Ctrl-C from the server, which is ended when its users have ended.
// These systems can't tie a child's life to its parent's: kill -9 of the starter leaves the server.
func detached() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
