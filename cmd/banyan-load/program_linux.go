package main

import "syscall"

// dyingWithUs: the server must not outlive a benchmark that is killed. It has a process group of its
// own, so that Ctrl-C reaches it through us, once.
func dyingWithUs() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
