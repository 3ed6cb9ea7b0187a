package bus

import (
	"slices"
	"sync"
)

// maxHints bounds the positions that are looked up by themselves; the sweep finds the rest.
const maxHints = 256

// known is what a scan remembers of positions: those that are queued (false) or done (true),
// until their rows are gone.
type known struct {
	mu        sync.Mutex
	positions map[int64]bool
	deleted   []int64 // of rows that this process deleted
	hints     []int64 // of rows committed here
}

// claim says whether a position is new, and takes note of it.
func (k *known) claim(pos int64) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, known := k.positions[pos]; known {
		return false
	}
	k.positions[pos] = false
	return true
}

func (k *known) finish(pos int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.positions[pos] = true
}

func (k *known) forget(positions ...int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, pos := range positions {
		delete(k.positions, pos)
	}
}

// noteDeleted says that rows are gone. Their positions stay known until the scan's next read: a page
// that it has read before may still hold them, and would be taken for news.
func (k *known) noteDeleted(positions []int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.deleted = append(k.deleted, positions...)
}

// forgetDeleted forgets the positions of deleted rows, and answers them.
func (k *known) forgetDeleted() []int64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	positions := k.deleted
	k.deleted = nil
	for _, pos := range positions {
		delete(k.positions, pos)
	}
	return positions
}

// back forgets that rows are done, and that they were deleted: they exist again.
func (k *known) back(positions []int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	here := make(map[int64]bool, len(positions))
	for _, pos := range positions {
		here[pos] = true
		if k.positions[pos] {
			delete(k.positions, pos)
		}
	}
	k.deleted = slices.DeleteFunc(k.deleted, func(pos int64) bool { return here[pos] })
}

// done is the set of positions that are done and not known to be gone.
func (k *known) done() map[int64]bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	set := make(map[int64]bool)
	for pos, done := range k.positions {
		if done {
			set[pos] = true
		}
	}
	return set
}

func (k *known) hint(pos int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.hints) < maxHints {
		k.hints = append(k.hints, pos)
	}
}

// takeHints answers the hinted positions that a read of what is behind last would miss, and whether
// any hint is news: commits that come close together wake the scan once more after the read that has
// seen them all. Where rows become visible in the order of their positions (inOrder) none is missed.
func (k *known) takeHints(last int64, inOrder bool) (missed []int64, news bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	news = len(k.hints) >= maxHints // some were left out
	for _, pos := range k.hints {
		_, known := k.positions[pos]
		switch {
		case known:
		case pos > last:
			news = true
		case !inOrder:
			missed, news = append(missed, pos), true
		}
	}
	k.hints = k.hints[:0]
	return missed, news
}
