package ops

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Errors of too large an outbox.
var (
	// ErrFull: a command that can wait should, until the outboxes take less of the disk.
	ErrFull = fault.New(fault.Unavailable, "backlog_full", "There is too much to be done already; try again later, with the same key.")
	// ErrBehind: more events wait in an outbox than is good; all work goes on.
	ErrBehind = errors.New("more events wait than should")
)

// Limits of the outbox of one schema; zero is none.
type Limits struct {
	Events int64 // above, the program says that it is behind
	Bytes  int64 // on disk; above, commands wait
}

const (
	sampleEvery = 5 * time.Second
	lookLimit   = 10 * time.Second
	sampleShare = 20 // of its time a database counts at most this part: counting what is long takes long
)

// level is how bad it is, as the metric says it.
type level int

const (
	calm   level = iota
	behind       // above Limits.Events
	full         // above Limits.Bytes
)

// loudness of reaching a level, in the log.
func (l level) loudness() slog.Level {
	if l == calm {
		return slog.LevelInfo
	}
	return slog.LevelWarn
}

// Pressure looks at the outboxes every few seconds, and says when there is too much in them. That a
// consumer lags does not stop anybody; that what waits for it fills the disk does, before the disk is
// full: then nothing could be undone or taken either.
type Pressure struct {
	schemas []*sqldb.DB
	limits  Limits
	now     func() time.Time
	log     *slog.Logger
	bytes   *prometheus.GaugeVec
	state   *prometheus.GaugeVec

	cancel  context.CancelFunc
	running sync.WaitGroup

	mu     sync.Mutex
	levels map[string]level
}

// NewPressure makes what looks at nothing before Start. Every outbox counts as calm until then.
func NewPressure(schemas []*sqldb.DB, limits Limits, now func() time.Time, log *slog.Logger, registry prometheus.Registerer) (*Pressure, error) {
	p := &Pressure{
		schemas: schemas, limits: limits, now: now, log: log, cancel: func() {}, levels: map[string]level{},
		bytes: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "banyan_outbox_bytes", Help: "What the events in the outbox take on disk, about.",
		}, []string{"module"}),
		state: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "banyan_outbox_pressure", Help: "0: calm; 1: more events than BANYAN_OUTBOX_EVENTS; 2: more bytes than BANYAN_OUTBOX_MIB, commands wait.",
		}, []string{"module"}),
	}
	for _, collector := range []prometheus.Collector{p.bytes, p.state} {
		if err := registry.Register(collector); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// Start begins to look.
func (p *Pressure) Start(ctx context.Context) error {
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	p.cancel = cancel
	for _, db := range p.schemas {
		p.running.Go(func() {
			boundary.Do(run, db.Module(), func(ctx context.Context) { p.watch(ctx, db) })
		})
	}
	return nil
}

// Stop waits for the last look.
func (p *Pressure) Stop() {
	p.cancel()
	p.running.Wait()
}

func (p *Pressure) watch(ctx context.Context, db *sqldb.DB) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		begin := p.now()
		err := boundary.Fenced(ctx, p.log, func() error { return p.lookInTime(ctx, db) })
		if err != nil && ctx.Err() == nil {
			p.log.Warn("outbox not measured", slog.String("module", db.Module()), slog.Any("error", err))
		}
		timer.Reset(max(sampleEvery, sampleShare*p.now().Sub(begin)))
	}
}

// lookInTime gives up on a database that does not answer: what was known before holds, and a database
// that comes back is looked at within minutes.
func (p *Pressure) lookInTime(ctx context.Context, db *sqldb.DB) error {
	ctx, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	return p.look(ctx, db)
}

// Look measures all outboxes now.
func (p *Pressure) Look(ctx context.Context) error {
	for _, db := range p.schemas {
		if err := p.look(ctx, db); err != nil {
			return err
		}
	}
	return nil
}

// look measures one outbox. After an error what was known before holds.
func (p *Pressure) look(ctx context.Context, db *sqldb.DB) error {
	backlog, err := bus.ReadBacklog(ctx, db)
	if err != nil {
		return err
	}
	to := p.limits.level(backlog)
	p.bytes.WithLabelValues(db.Module()).Set(float64(backlog.Bytes))
	p.state.WithLabelValues(db.Module()).Set(float64(to))
	p.mu.Lock()
	from := p.levels[db.Module()]
	p.levels[db.Module()] = to
	p.mu.Unlock()
	if from != to {
		p.log.Log(context.WithoutCancel(ctx), to.loudness(), "pressure of the outbox changed", slog.String("module", db.Module()), slog.Int("from", int(from)),
			slog.Int("to", int(to)), slog.Int64("events", backlog.Events), slog.Int64("bytes", backlog.Bytes))
	}
	return nil
}

func (l Limits) level(b bus.Backlog) level {
	switch {
	case l.Bytes > 0 && b.Bytes > l.Bytes:
		return full
	case l.Events > 0 && b.Events > l.Events:
		return behind
	}
	return calm
}

// Admit answers ErrFull while the outbox of some schema takes too much of the disk. It asks no database.
func (p *Pressure) Admit() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.levels {
		if l == full {
			return ErrFull
		}
	}
	return nil
}

// Check answers ErrBehind or ErrFull while the outbox of a schema is too long.
func (p *Pressure) Check(module string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch p.levels[module] {
	case behind:
		return ErrBehind
	case full:
		return ErrFull
	case calm:
	}
	return nil
}
