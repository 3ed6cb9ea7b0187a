package task

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// recordTimeout bounds one transaction that records.
const recordTimeout = 10 * time.Second

// answers are those of one kind of task that wait to be recorded. One goroutine at a time records: what
// comes in meanwhile is its next set.
type answers struct {
	mu        sync.Mutex
	waiting   []done
	recording bool
}

func (a *answers) put(d done) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.waiting = append(a.waiting, d)
}

// begin is false while another goroutine records: it takes along what is waiting now.
func (a *answers) begin() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.recording {
		return false
	}
	a.recording = true
	return true
}

// next takes the next set. It is empty when nothing waits; then this goroutine records no more.
func (a *answers) next() []done {
	a.mu.Lock()
	defer a.mu.Unlock()
	set := a.waiting
	a.waiting, a.recording = nil, len(set) > 0
	slices.SortFunc(set, func(x, y done) int { return cmp.Compare(x.lease.Key, y.lease.Key) })
	return set
}

// flush has all waiting answers of one kind recorded, by this goroutine or the one that is at it.
func (r *Runner) flush(ctx context.Context, h Handler) {
	waiting, sets := r.answers[h.Kind]
	if !sets || !waiting.begin() {
		return
	}
	for set := waiting.next(); len(set) > 0; set = waiting.next() {
		r.record(ctx, h, set)
	}
}

// record writes a set of answers, one by one if it can't be written whole. That takes together no longer
// than a run may: what is left over when the database is away runs again when its lease has ended.
func (r *Runner) record(ctx context.Context, h Handler, set []done) {
	err := r.commit(ctx, h, set)
	if err == nil || len(set) == 1 {
		r.end(ctx, h, err, leasesOf(set)...)
		return
	}
	r.log.Info("answers are recorded one by one", slog.String("kind", h.Kind), slog.Int("answers", len(set)),
		slog.Any("error", err))
	ctx, cancel := context.WithTimeout(ctx, maxTimeout)
	defer cancel()
	for _, d := range set {
		r.end(ctx, h, r.commit(ctx, h, []done{d}), d.lease)
	}
}

// commit writes answers and completes their tasks in one transaction.
func (r *Runner) commit(ctx context.Context, h Handler, set []done) error {
	ctx, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	return r.guarded(ctx, func() error {
		return sqldb.InTx(ctx, r.db, func(tx *sqldb.Tx) error {
			if err := h.parts.record(ctx, tx, set); err != nil {
				return err
			}
			return complete(ctx, tx, leasesOf(set))
		})
	})
}

func leasesOf(set []done) []Lease {
	leases := make([]Lease, len(set))
	for i, d := range set {
		leases[i] = d.lease
	}
	return leases
}
