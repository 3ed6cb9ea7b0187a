package route

import (
	"net/url"
	"sync/atomic"
	"time"
)

// restFor is how long an address that could not be reached is asked last.
const restFor = 2 * time.Second

// addresses are asked in turn.
type addresses struct {
	all  []*address
	turn atomic.Uint64
}

type address struct {
	url   *url.URL
	until atomic.Int64 // rests so long; microseconds since 1970
}

func newAddresses(urls []*url.URL) *addresses {
	a := &addresses{}
	for _, u := range urls {
		a.all = append(a.all, &address{url: u})
	}
	return a
}

// order is in which order one request tries them: the next in turn first, those that rest last.
func (a *addresses) order(now time.Time) []*address {
	if len(a.all) == 0 {
		return nil
	}
	first := a.turn.Add(1)
	var awake, resting []*address
	for i := range a.all {
		next := a.all[(first+uint64(i))%uint64(len(a.all))]
		if next.until.Load() > now.UnixMicro() {
			resting = append(resting, next)
		} else {
			awake = append(awake, next)
		}
	}
	return append(awake, resting...)
}

func (a *address) rest(now time.Time) { a.until.Store(now.Add(restFor).UnixMicro()) }
