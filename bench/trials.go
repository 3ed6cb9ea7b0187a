package main

import (
	"context"

	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// The contenders' names, by which goals find them.
const (
	inSetsName           = "banyan, sets"
	oneByOneName         = "banyan, one by one"
	idleSetsName         = "banyan, idle, sets"
	idleOneName          = "banyan, idle, one by one"
	defaultName          = "watermill default"
	defaultOneName       = "watermill default, batch of 1"
	queueName            = "watermill queue"
	defaultSpreadName    = "watermill default, 8 topics"
	defaultOneSpreadName = "watermill default, batch of 1, 8 topics"
	queueSpreadName      = "watermill queue, 8 topics"
	riverName            = "river, idle"
	latencyName          = "banyan, 50/s"
	withoutName          = "banyan, booking alone"
	withName             = "banyan, booking and event"
	barestName           = "banyan, UPDATE alone"
	barestEventName      = "banyan, UPDATE and event"
	deliveredName        = "banyan, and delivered meanwhile"
	emptyName            = "banyan, empty tables"
	backlogName          = "banyan, backlog"
)

// How watermill-sql does best here.
const (
	millBatch  = 500
	millTopics = 8
)

// trials are all contenders of rows 1 to 5, in the order in which they take turns.
func (b *bench) trials() []trial {
	n := b.options.events
	return []trial{
		{1, sqldb.MySQL, inSetsName, b.drains(n, inSets)},
		{1, sqldb.MySQL, defaultName, mills(n, watermillDefault(millBatch), 1)},
		{1, sqldb.MySQL, queueName, mills(n, watermillQueue(millBatch), 1)},
		{1, sqldb.MySQL, defaultSpreadName, mills(n, watermillDefault(millBatch), millTopics)},
		{1, sqldb.MySQL, queueSpreadName, mills(n, watermillQueue(millBatch), millTopics)},
		{1, sqldb.SQLite, inSetsName, b.drains(n, inSets)},
		{2, sqldb.MySQL, oneByOneName, b.drains(n, oneByOne)},
		{2, sqldb.MySQL, defaultOneName, mills(max(100, n/8), watermillDefault(1), 1)},
		{2, sqldb.MySQL, defaultOneSpreadName, mills(max(100, n/8), watermillDefault(1), millTopics)},
		{2, sqldb.SQLite, oneByOneName, b.drains(n, oneByOne)},
		{3, sqldb.SQLite, idleSetsName, b.idles(n, idleInSets)},
		{3, sqldb.SQLite, idleOneName, b.idles(n, idleOneByOne)},
		{3, sqldb.SQLite, riverName, rivers(n, riverWorkers)},
		{4, sqldb.MySQL, latencyName, b.latency},
		{4, sqldb.SQLite, latencyName, b.latency},
		{5, sqldb.MySQL, withoutName, b.books(bookings{})},
		{5, sqldb.MySQL, withName, b.books(bookings{publish: true})},
		{5, sqldb.MySQL, deliveredName, b.books(bookings{publish: true, deliver: true})},
		{5, sqldb.MySQL, barestName, b.books(bookings{barest: true})},
		{5, sqldb.MySQL, barestEventName, b.books(bookings{barest: true, publish: true})},
		{5, sqldb.SQLite, withoutName, b.books(bookings{})},
		{5, sqldb.SQLite, withName, b.books(bookings{publish: true})},
		{5, sqldb.SQLite, deliveredName, b.books(bookings{publish: true, deliver: true})},
		{5, sqldb.SQLite, barestName, b.books(bookings{barest: true})},
		{5, sqldb.SQLite, barestEventName, b.books(bookings{barest: true, publish: true})},
	}
}

// backlogs are the trials of row 6. The rate on empty tables is taken just before and after the big
// backlog, so that a machine that changes its speed does so for both.
func (b *bench) backlogs() []trial {
	var all []trial
	for _, engine := range []sqldb.Engine{sqldb.MySQL, sqldb.SQLite} {
		empty := trial{6, engine, emptyName, b.drains(b.options.events, inSets)}
		all = append(all, empty, empty, trial{6, engine, backlogName, b.drains(b.options.backlog, inSets)}, empty)
	}
	return all
}

type runner = func(ctx context.Context, g *ground) (reading, error)

func (b *bench) drains(events int64, handler func(*progress) bus.Handler) runner {
	return func(ctx context.Context, g *ground) (reading, error) { return b.drain(ctx, g, events, handler) }
}

func (b *bench) idles(events int64, handler func(*progress, *order) bus.Handler) runner {
	return func(ctx context.Context, g *ground) (reading, error) { return b.drainIdly(ctx, g, events, handler) }
}

func (b *bench) books(do bookings) runner {
	return func(ctx context.Context, g *ground) (reading, error) { return b.business(ctx, g, do) }
}

func mills(events int64, kind watermillKind, topics int) runner {
	return func(ctx context.Context, g *ground) (reading, error) {
		return drainWatermill(ctx, g, events, kind, topics)
	}
}
