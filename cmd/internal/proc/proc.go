// Package proc asks the system what a process has cost. Figures are 0 where the system does not say: the source is
// proc(5), which is Linux's.
package proc

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Peak is the most memory that a process has had resident, in bytes.
func Peak(pid int) int64 { return memory(pid, "VmHWM:") }

// Resident is the memory that a process has resident now, in bytes.
func Resident(pid int) int64 { return memory(pid, "VmRSS:") }

func memory(pid int, field string) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	return MemoryIn(text, field)
}

// MemoryIn reads a field of a process's status.
func MemoryIn(status []byte, field string) int64 {
	for line := range bytes.Lines(status) {
		rest, found := bytes.CutPrefix(line, []byte(field))
		if !found {
			continue
		}
		kilobytes, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(string(rest)), " kB"), 10, 64)
		if err == nil {
			return kilobytes << 10
		}
	}
	return 0
}

// Spent is a process's processor time so far; 0 for no process.
func Spent(pid int) time.Duration {
	if pid == 0 {
		return 0
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	return SpentIn(text)
}

// tick is the unit of proc(5), which has been 1/100 s on every Linux for long.
const tick = 10 * time.Millisecond

// SpentIn adds utime and stime, fields 14 and 15. The second field is a name in parentheses, which may
// hold anything.
func SpentIn(stat []byte) time.Duration {
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	const utime, stime = 14 - 3, 15 - 3
	if len(fields) <= stime {
		return 0
	}
	user, err := strconv.ParseInt(string(fields[utime]), 10, 64)
	if err != nil {
		return 0
	}
	system, err := strconv.ParseInt(string(fields[stime]), 10, 64)
	if err != nil {
		return 0
	}
	return time.Duration(user+system) * tick
}
