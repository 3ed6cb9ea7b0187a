package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/banyan-commerce/banyan/cmd/internal/sample"
)

// Processor is the processor time that an order takes, by who spends it. Unlike rates it hardly depends
// on what else the machine does, and says who is the bottleneck where processors are.
type Processor struct {
	Server   time.Duration `json:"server_ns"`
	Database time.Duration `json:"database_ns"` // 0 on SQLite, which runs in the process that asks
	Load     time.Duration `json:"load_ns"`     // this process: the clients, or a floor's loop
}

// spending measures processor time of the processes involved.
type spending struct{ server, database, load int }

// since is what was spent since an earlier reading, for each of n orders.
func (p Processor) since(before Processor, n int) Processor {
	per := func(now, then time.Duration) time.Duration {
		return time.Duration(sample.Per(float64(now-then), float64(n)))
	}
	return Processor{
		Server: per(p.Server, before.Server), Database: per(p.Database, before.Database), Load: per(p.Load, before.Load),
	}
}

func (s spending) read() Processor {
	return Processor{Server: spent(s.server), Database: spent(s.database), Load: spent(s.load)}
}

func (p Processor) String() string {
	return fmt.Sprintf("%s server + %s database + %s load", short(p.Server), short(p.Database), short(p.Load))
}

// spent is a process's processor time so far; 0 for no process, and where the system does not say
// (proc(5) is Linux's).
func spent(pid int) time.Duration {
	if pid == 0 {
		return 0
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	return spentOf(text)
}

// tick is the unit of proc(5), which has been 1/100 s on every Linux for long.
const tick = 10 * time.Millisecond

// spentOf adds utime and stime, fields 14 and 15. The second field is a name in parentheses, which may
// hold anything.
func spentOf(stat []byte) time.Duration {
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
