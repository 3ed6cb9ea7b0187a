package sqldb

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// Batcher lets callers who do the same thing at the same time share a transaction and its statements:
// what is asked for while one transaction runs is done by the next. Whoever comes alone does not wait.
// It is for commands that come in bursts, each of which writes a few rows of its own.
type Batcher[T any] struct {
	db    *DB
	limit int
	write func(ctx context.Context, tx *Tx, batch []T) error

	mu      sync.Mutex
	waiting []*request[T]
	busy    bool // somebody writes, or has been told to
}

type request[T any] struct {
	item  T
	leads bool // told to write for all who wait
	told  chan verdict
}

type verdict struct {
	err   error
	alone bool // the batch failed, perhaps for another's sake: try alone
	lead  bool
}

// NewBatcher makes a Batcher whose transactions write up to limit items. Write is a closure of InTx like
// any other, and all or nothing: when it fails for several items it is called again for each of them
// alone, in a transaction of its own, where an error is that item's.
func NewBatcher[T any](db *DB, limit int, write func(ctx context.Context, tx *Tx, batch []T) error) *Batcher[T] {
	return &Batcher[T]{db: db, limit: limit, write: write}
}

// Do has the item written, and answers what InTx would. When ctx ends before its turn has come it
// answers that.
func (b *Batcher[T]) Do(ctx context.Context, item T) error {
	r := &request[T]{item: item, told: make(chan verdict, 1)}
	v := verdict{lead: b.enter(r)}
	if !v.lead {
		select {
		case v = <-r.told:
		case <-ctx.Done():
			if b.withdraw(r) {
				return ctx.Err()
			}
			v = <-r.told
		}
	}
	if v.lead {
		v = b.lead(ctx, r)
	}
	if v.alone {
		return b.transaction(ctx, []T{item})
	}
	return v.err
}

// enter is true for the one who has to write.
func (b *Batcher[T]) enter(r *request[T]) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting = append(b.waiting, r)
	r.leads = !b.busy
	b.busy = true
	return r.leads
}

// withdraw is false when the request is being done, or has to lead.
func (b *Batcher[T]) withdraw(r *request[T]) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.Index(b.waiting, r)
	if i < 0 || r.leads {
		return false
	}
	b.waiting = slices.Delete(b.waiting, i, i+1)
	return true
}

// lead writes what is waiting, tells the others, and lets the next one lead. They get their verdict even
// when write panics: then each is alone with its item.
func (b *Batcher[T]) lead(ctx context.Context, r *request[T]) verdict {
	batch := b.take(r)
	v := verdict{alone: true}
	defer func() {
		for _, other := range batch[1:] {
			other.told <- v
		}
		b.handOver()
	}()
	items := make([]T, len(batch))
	for i, one := range batch {
		items[i] = one.item
	}
	err := b.together(context.WithoutCancel(ctx), items)
	if err == nil || len(batch) == 1 || errors.Is(err, ErrOutcomeUnknown) || errors.Is(err, ErrClosed) {
		v = verdict{err: err}
	}
	return v
}

// take answers the leader's request and those behind it.
func (b *Batcher[T]) take(leader *request[T]) []*request[T] {
	b.mu.Lock()
	defer b.mu.Unlock()
	others := slices.DeleteFunc(b.waiting, func(r *request[T]) bool { return r == leader })
	n := min(len(others), b.limit-1)
	batch := append([]*request[T]{leader}, others[:n]...)
	b.waiting = slices.Clone(others[n:])
	return batch
}

func (b *Batcher[T]) handOver() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.busy = len(b.waiting) > 0
	if b.busy {
		b.waiting[0].leads = true
		b.waiting[0].told <- verdict{lead: true}
	}
}

// together is a transaction in which a panic is an error if it may be another's: whose item it is, he
// panics when he is alone.
func (b *Batcher[T]) together(ctx context.Context, items []T) (err error) {
	if len(items) > 1 {
		defer func() {
			if p := recover(); p != nil {
				err = errPanicked
			}
		}()
	}
	return b.transaction(ctx, items)
}

func (b *Batcher[T]) transaction(ctx context.Context, items []T) error {
	return InTx(ctx, b.db, func(tx *Tx) error { return b.write(ctx, tx, items) })
}
