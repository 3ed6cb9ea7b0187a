// Package monitor measures the modules of a running process, and serves the directory of modules with what
// it measures: the process's own metrics, looked at every few seconds, and the sizes of the modules'
// tables, read when somebody asks.
package monitor

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	every  = 5 * time.Second
	window = time.Minute // that rates are measured over
)

// Sampler remembers the metrics of the last minute. A rate is the difference between the newest and the
// oldest of them, so that no two samples means no rates: never zero.
type Sampler struct {
	gatherer prometheus.Gatherer
	now      func() time.Time
	log      *slog.Logger

	cancel  context.CancelFunc
	running sync.WaitGroup

	mu      sync.Mutex
	samples []sample // oldest first
}

// NewSampler makes a sampler of what the gatherer shows, which should ask no database: it is asked all day.
// The sampler remembers nothing before Start or Sample.
func NewSampler(gatherer prometheus.Gatherer, now func() time.Time, log *slog.Logger) *Sampler {
	return &Sampler{gatherer: gatherer, now: now, log: log, cancel: func() {}}
}

// Start begins to sample.
func (s *Sampler) Start(ctx context.Context) error {
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.cancel = cancel
	s.running.Go(func() { s.run(run) })
	return nil
}

// Stop waits for the last sample.
func (s *Sampler) Stop() {
	s.cancel()
	s.running.Wait()
}

func (s *Sampler) run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		if err := s.Sample(); err != nil {
			s.log.Warn("modules not measured", slog.Any("error", err))
		}
		timer.Reset(every)
	}
}

// Sample takes a sample now. With an error of the gatherer it keeps what came nevertheless, as a scrape
// does, if anything came.
func (s *Sampler) Sample() error {
	at := s.now()
	points, err := gather(s.gatherer)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(points) > 0 {
		s.samples = append(s.samples, sample{at, points})
	}
	for len(s.samples) > 2 && at.Sub(s.samples[1].at) >= window { // the one before it is needed no more
		s.samples = slices.Delete(s.samples, 0, 1)
	}
	return err
}

// sample is what the metrics said at a moment.
type sample struct {
	at     time.Time
	points map[string]point
}

// point is the value of one series of a metric.
type point struct {
	metric string
	labels map[string]string
	value  float64
}

// reading is what the samples tell together.
type reading struct {
	seconds float64 // between the oldest and the newest sample; 0 with fewer than two
	levels  []point // the newest values
	rates   []point // growth per second; of counters only
}

func (s *Sampler) read() reading {
	s.mu.Lock()
	defer s.mu.Unlock()
	var r reading
	if len(s.samples) == 0 {
		return r
	}
	first, last := s.samples[0], s.samples[len(s.samples)-1]
	r.seconds = last.at.Sub(first.at).Seconds()
	for key, p := range last.points {
		r.levels = append(r.levels, p)
		if r.seconds <= 0 {
			continue
		}
		grown := p
		grown.value -= first.points[key].value // 0 for a series that was not there: it was never counted
		grown.value /= r.seconds
		r.rates = append(r.rates, grown)
	}
	return r
}
