package mysqld

import "syscall"

// detached keeps the terminal's Ctrl-C from the server, which is ended when its users have ended,
// and has the kernel kill it if its starter dies without a chance to.
func detached() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
