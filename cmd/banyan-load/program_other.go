//go:build !linux

package main

import "syscall"

// dyingWithUs: only Linux ends a child with its parent.
func dyingWithUs() *syscall.SysProcAttr { return nil }
