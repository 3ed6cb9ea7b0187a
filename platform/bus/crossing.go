package bus

import (
	"context"
	"errors"
	"time"

	"github.com/banyan-commerce/banyan/platform/module"
)

// Crossing is how much waits on an edge that leaves this process.
type Crossing struct {
	Inlet

	Waiting int64 // events that the broker holds and the consumer has not taken
	Err     error // why that is not known: ErrNotSubscribed, or the broker is away
}

// crossings are the edges of which this process hosts one end.
func (b *Bus) crossings(manifests []module.Manifest) []Inlet {
	var all []Inlet
	for _, from := range manifests {
		for _, to := range manifests {
			types := heardNames(from, to)
			if len(types) > 0 && b.hosts(from.Name) != b.hosts(to.Name) {
				all = append(all, Inlet{Publisher: from.Name, Consumer: to.Name, Types: types})
			}
		}
	}
	return all
}

const crossingsWithin = 3 * time.Second // for all of them

// Crossings asks the broker what waits for modules of other processes, and for those here from others.
// It may be called after Start.
func (b *Bus) Crossings(ctx context.Context) []Crossing {
	ctx, cancel := context.WithTimeout(ctx, crossingsWithin)
	defer cancel()
	all := make([]Crossing, len(b.crossing))
	var away error
	for i, in := range b.crossing {
		all[i] = Crossing{Inlet: in, Err: away}
		if away != nil {
			continue // it is not asked again: somebody waits for this answer
		}
		all[i].Waiting, all[i].Err = b.broker().Pending(ctx, in)
		if !errors.Is(all[i].Err, ErrNotSubscribed) {
			away = all[i].Err
		}
	}
	return all
}
