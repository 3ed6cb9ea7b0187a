package ops

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/task"
)

const (
	freshFor     = 10 * time.Second // counting a long outbox costs the database something
	collectLimit = 2 * time.Second
)

// Metrics shows what is pending in outboxes and tasks. It asks the databases when it is scraped, and at
// most every ten seconds; a schema that can't be read is missing from the answer.
type Metrics struct {
	schemas func() []*sqldb.DB
	now     func() time.Time
	log     *slog.Logger
	depth   *prometheus.Desc
	oldest  *prometheus.Desc
	tasks   *prometheus.Desc

	mu   sync.Mutex
	at   time.Time
	last []prometheus.Metric
}

// NewMetrics makes a collector over the schemas that are open when it is scraped.
func NewMetrics(schemas func() []*sqldb.DB, now func() time.Time, log *slog.Logger) *Metrics {
	return &Metrics{
		schemas: schemas, now: now, log: log,
		depth:  prometheus.NewDesc("banyan_outbox_events", "Events that not every consumer has taken yet.", []string{"module"}, nil),
		oldest: prometheus.NewDesc("banyan_outbox_oldest_seconds", "Age of the oldest of them; 0 if there is none.", []string{"module"}, nil),
		tasks:  prometheus.NewDesc("banyan_tasks", "Durable tasks, by kind and state (due, running, dead, cancelled).", []string{"module", "kind", "state"}, nil),
	}
}

// Describe is of prometheus.Collector.
func (m *Metrics) Describe(out chan<- *prometheus.Desc) {
	out <- m.depth
	out <- m.oldest
	out <- m.tasks
}

// Collect is of prometheus.Collector.
func (m *Metrics) Collect(out chan<- prometheus.Metric) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now := m.now(); m.last == nil || now.Sub(m.at) >= freshFor {
		m.last, m.at = m.read(now), now
	}
	for _, metric := range m.last {
		out <- metric
	}
}

// read asks all schemas at once. One that hangs, or whose reading panics, is missing after collectLimit, and
// hides no other.
func (m *Metrics) read(now time.Time) []prometheus.Metric {
	ctx, cancel := context.WithTimeout(context.Background(), collectLimit)
	defer cancel()
	schemas := m.schemas()
	found := make([][]prometheus.Metric, len(schemas))
	var all sync.WaitGroup
	for i, db := range schemas {
		all.Go(func() {
			boundary.Do(ctx, db.Module(), func(ctx context.Context) {
				found[i], _ = boundary.Within(ctx, m.log, func(ctx context.Context) ([]prometheus.Metric, error) {
					return m.readSchema(ctx, db, now)
				})
			})
		})
	}
	all.Wait()
	return append([]prometheus.Metric{}, slices.Concat(found...)...)
}

func (m *Metrics) readSchema(ctx context.Context, db *sqldb.DB, now time.Time) ([]prometheus.Metric, error) {
	outbox, err := bus.Outbox(ctx, db)
	if err != nil {
		return nil, err
	}
	counts, err := task.Counts(ctx, db)
	if err != nil {
		return nil, err
	}
	read := []prometheus.Metric{
		prometheus.MustNewConstMetric(m.depth, prometheus.GaugeValue, float64(outbox.Depth), db.Module()),
		prometheus.MustNewConstMetric(m.oldest, prometheus.GaugeValue, outbox.Age(now).Seconds(), db.Module()),
	}
	for _, c := range counts {
		read = append(read, prometheus.MustNewConstMetric(m.tasks, prometheus.GaugeValue, float64(c.N), db.Module(), c.Kind, c.State))
	}
	return read, nil
}
