package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/banyan-commerce/banyan/chaos/office"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// mood: one event in so many is disliked, for the rest of the second (of the clock, not of the event's
// life): so its aggregate is held and goes on soon.
func (s settings) mood(paper id.UUID, n int64) bool {
	if s.dislike == 0 {
		return false
	}
	h := fnv.New64a()
	_, _ = h.Write(paper[:])
	_ = binary.Write(h, binary.BigEndian, [2]int64{n, s.now().Unix()})
	return h.Sum64()%uint64(s.dislike) == 0 //nolint:gosec // positive
}

// writers are those who note things at the desk.
type writers struct {
	db       *sqldb.DB
	desk     *bus.Publisher
	settings settings
	full     atomic.Bool
}

func newWriters(db *sqldb.DB, desk *bus.Publisher, s settings) *writers {
	w := &writers{db: db, desk: desk, settings: s}
	w.full.Store(true) // until it has looked: an instance that hardly lives shall not leave more than it takes
	return w
}

// run writes until ctx ends.
func (w *writers) run(ctx context.Context) {
	var running sync.WaitGroup
	running.Go(func() { w.watch(ctx) })
	for range w.settings.publishers {
		running.Go(func() {
			for ctx.Err() == nil {
				w.note(ctx)
			}
		})
	}
	running.Wait()
}

// watch keeps the desk's outbox short, so that all is delivered soon after the faults have ended.
func (w *writers) watch(ctx context.Context) {
	for ctx.Err() == nil {
		status, err := bus.Outbox(ctx, w.db)
		w.full.Store(err != nil || status.Depth > int64(w.settings.backlog))
		wait(ctx, 50*time.Millisecond)
	}
}

// note states one to three notes, about any paper. After an error it goes on: the paper's version knows
// whether they were stated.
func (w *writers) note(ctx context.Context) {
	if w.full.Load() {
		wait(ctx, 10*time.Millisecond)
		return
	}
	paper := office.Paper(rand.IntN(w.settings.papers))                     //nolint:gosec // any
	notes, text := 1+rand.Int64N(3), strings.Repeat("x", 50+rand.IntN(200)) //nolint:gosec // some
	err := office.Note(context.WithoutCancel(ctx), w.db, w.desk, paper, notes, text)
	if errors.Is(err, sqldb.ErrOutcomeUnknown) {
		fmt.Fprintln(w.settings.out, "unknown")
	}
	if err != nil {
		wait(ctx, 10*time.Millisecond)
	}
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
