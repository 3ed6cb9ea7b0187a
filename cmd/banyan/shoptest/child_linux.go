package shoptest

import "syscall"

// ownGroup keeps the terminal's Ctrl-C from the program, which its test ends, and has the kernel kill
// it if the test dies without a chance to.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
