package main

import (
	"context"
	"fmt"

	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// tunings are the peers in other configurations than those that the table shows them in (-tune), so
// that whoever doubts the choice can repeat it.
func (b *bench) tunings() []trial {
	n := b.options.events
	var all []trial
	for _, batch := range []int{20, 100, 500, 1000} {
		for _, topics := range []int{1, 2, 4, 8} {
			all = append(all,
				trial{1, sqldb.MySQL, fmt.Sprintf("watermill default, batch %d, %d topics", batch, topics), mills(n, watermillDefault(batch), topics)},
				trial{1, sqldb.MySQL, fmt.Sprintf("watermill queue, batch %d, %d topics", batch, topics), mills(n, watermillQueue(batch), topics)})
		}
	}
	for _, topics := range []int{1, 2, 4, 8} {
		all = append(all, trial{2, sqldb.MySQL, fmt.Sprintf("watermill default, batch 1, %d topics", topics), mills(max(100, n/8), watermillDefault(1), topics)})
	}
	for _, workers := range []int{100, 500, 1000, 2000, 5000, 10000} {
		all = append(all, trial{3, sqldb.SQLite, fmt.Sprintf("river, %d workers", workers), rivers(n, workers)})
	}
	return all
}

func rivers(events int64, workers int) runner {
	return func(ctx context.Context, g *ground) (reading, error) { return drainRiver(ctx, g, events, workers) }
}
