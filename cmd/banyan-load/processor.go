package main

import (
	"fmt"
	"time"

	"github.com/banyan-commerce/banyan/cmd/internal/proc"
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
	return Processor{Server: proc.Spent(s.server), Database: proc.Spent(s.database), Load: proc.Spent(s.load)}
}

func (p Processor) String() string {
	return fmt.Sprintf("%s server + %s database + %s load", sample.Short(p.Server), sample.Short(p.Database), sample.Short(p.Load))
}
