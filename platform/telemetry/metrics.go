package telemetry

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// NewMetrics makes a registry that shows the Go runtime and the process.
func NewMetrics() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// SQL shows what went to each schema, by module.
type SQL struct {
	counters []counter

	mu    sync.Mutex
	stats map[string]*sqldb.Stats
}

type counter struct {
	desc *prometheus.Desc
	read func(*sqldb.Stats) int64
}

// NewSQL makes the collector; it shows nothing before Watch.
func NewSQL() *SQL {
	count := func(name, help string, read func(*sqldb.Stats) int64) counter {
		return counter{prometheus.NewDesc("banyan_sql_"+name+"_total", help, []string{"module"}, nil), read}
	}
	return &SQL{
		stats: map[string]*sqldb.Stats{},
		counters: []counter{
			count("statements", "Statements sent; BEGIN, COMMIT and ROLLBACK apart.", func(s *sqldb.Stats) int64 { return s.Statements.Load() }),
			count("units", "Transactions that took effect.", func(s *sqldb.Stats) int64 { return s.Units.Load() }),
			count("commits", "COMMITs; fewer than units where a group shared one.", func(s *sqldb.Stats) int64 { return s.Commits.Load() }),
			count("rollbacks", "Transactions rolled back.", func(s *sqldb.Stats) int64 { return s.Rollbacks.Load() }),
			count("retries", "Transactions run again after a conflict.", func(s *sqldb.Stats) int64 { return s.Retries.Load() }),
		},
	}
}

// Watch shows a schema from now on. A schema that was opened again takes the place of its module's
// former one.
func (c *SQL) Watch(db *sqldb.DB) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats[db.Module()] = db.Stats()
}

// Describe is of prometheus.Collector.
func (c *SQL) Describe(out chan<- *prometheus.Desc) {
	for _, n := range c.counters {
		out <- n.desc
	}
}

// Collect is of prometheus.Collector.
func (c *SQL) Collect(out chan<- prometheus.Metric) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for module, stats := range c.stats {
		for _, n := range c.counters {
			out <- prometheus.MustNewConstMetric(n.desc, prometheus.CounterValue, float64(n.read(stats)), module)
		}
	}
}
