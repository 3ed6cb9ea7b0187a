package rehearsal_test

import (
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
	"github.com/banyan-commerce/banyan/cmd/internal/sample"
)

func (r reading) String() string {
	return fmt.Sprintf("settled %.0f/s, placed %s, confirmed %s, %s + %s per order, %d MB",
		r.Settled, r.Placed, r.Confirmed, sample.Short(r.CPU), sample.Short(r.Database), r.Memory>>20)
}

// median is that of each figure by itself.
func (s *stage) median() reading {
	var m reading
	m.Settled = medianOf(s.took, func(r reading) float64 { return r.Settled })
	m.Memory = medianOf(s.took, func(r reading) int64 { return r.Memory })
	m.CPU = medianOf(s.took, func(r reading) time.Duration { return r.CPU })
	m.Broker = medianOf(s.took, func(r reading) time.Duration { return r.Broker })
	m.Database = medianOf(s.took, func(r reading) time.Duration { return r.Database })
	m.Placed.P50 = medianOf(s.took, func(r reading) time.Duration { return r.Placed.P50 })
	m.Placed.P99 = medianOf(s.took, func(r reading) time.Duration { return r.Placed.P99 })
	m.Confirmed.P50 = medianOf(s.took, func(r reading) time.Duration { return r.Confirmed.P50 })
	m.Confirmed.P99 = medianOf(s.took, func(r reading) time.Duration { return r.Confirmed.P99 })
	return m
}

func medianOf[T int64 | float64 | time.Duration](rounds []reading, of func(reading) T) T {
	values := make([]T, len(rounds))
	for i, r := range rounds {
		values[i] = of(r)
	}
	return sample.Median(values)
}

// print writes the table; a figure in parentheses is how many times that of stage 0.
func (c *costs) print(out io.Writer) {
	fmt.Fprintf(out, "\n%s, %s, %d cores, %s/%s; %d rounds of %s, %d clients; medians, and (times stage 0)\n\n",
		time.Now().UTC().Format(time.RFC3339), c.engine, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, c.rounds, c.length, c.clients)
	fmt.Fprintln(out, "| stage | orders settled/s | place p50 | p99 | place -> confirmed p50 | p99 | CPU per order | of that the broker's | database's | memory |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|---|---|---|---|")
	base := c.stages[0].median()
	for _, s := range c.stages {
		m := s.median()
		fmt.Fprintf(out, "| %s | %.0f (%.2f) | %s | %s | %s (%.2f) | %s | %s (%.2f) | %s | %s | %d MB (%.2f) |\n", s.name,
			m.Settled, sample.Per(m.Settled, base.Settled), sample.Short(m.Placed.P50), sample.Short(m.Placed.P99),
			sample.Short(m.Confirmed.P50), sample.Per(float64(m.Confirmed.P50), float64(base.Confirmed.P50)), sample.Short(m.Confirmed.P99),
			sample.Short(m.CPU), sample.Per(float64(m.CPU), float64(base.CPU)), sample.Short(m.Broker), sample.Short(m.Database),
			m.Memory>>20, sample.Per(float64(m.Memory), float64(base.Memory)))
	}
}

// printCalls measures a contract's call in process beside one over the wire, and beside Connect alone.
func printCalls(t *testing.T, out io.Writer) {
	t.Helper()
	c := exec.CommandContext(t.Context(), "go", "test", "./platform/remote", "-run", "^$", "-bench", "Ratio", "-benchtime", "5000x")
	c.Dir = shoptest.Root
	text, err := c.CombinedOutput()
	require.NoError(t, err, string(text))
	found := false
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "BenchmarkRatio") {
			found = true
			fmt.Fprintf(out, "\nA call: %s\n", strings.Join(strings.Fields(line)[4:], " "))
		}
	}
	require.True(t, found, string(text))
}
