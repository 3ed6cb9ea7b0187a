package jetstream_test

import (
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/migrate"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// benchShop is a shop on SQLite, and a broker that syncs before it confirms, as banyan broker does.
func benchShop(b *testing.B) *shop {
	b.Helper()
	location, err := sqldb.ParseLocation("sqlite:" + b.TempDir())
	require.NoError(b, err)
	for _, name := range names() {
		own := fstest.MapFS{"00001_own.sql": {Data: []byte("-- +goose Up\nCREATE TABLE own (n BIGINT NOT NULL);\n")}}
		_, err := migrate.Up(b.Context(), location, name, own)
		require.NoError(b, err)
	}
	return newShopAt(b, location, newNATS(b, true))
}

// together hosts all modules in one process, apart one module in each.
func together(s *shop) *process {
	p := s.host(names()...)
	p.Deploy(bus.Deployment{Hosted: p.hosted})
	require.NoError(s.t, p.startBus())
	return p
}

func apart(s *shop) *process {
	s.host("clerk").start()
	s.host("archivist").start()
	return s.host("desk").start()
}

func BenchmarkDrain(b *testing.B) {
	for name, start := range map[string]func(*shop) *process{"together": together, "apart": apart} {
		b.Run(name, func(b *testing.B) {
			s := benchShop(b)
			sheets := s.sheets(200)
			const rounds = 20
			s.host("desk").notes(rounds, sheets...)
			b.ResetTimer()
			start(s)
			s.arrived(rounds*len(sheets), names()...)
			b.ReportMetric(float64(4*rounds*len(sheets))/b.Elapsed().Seconds(), "effects/s")
		})
	}
}

func BenchmarkLatency(b *testing.B) {
	for name, start := range map[string]func(*shop) *process{"together": together, "apart": apart} {
		b.Run(name, func(b *testing.B) {
			s := benchShop(b)
			sheets := s.sheets(20)
			desk := start(s)
			taken := make(chan time.Time, 10)
			took := func(consumer string) {
				if consumer == "clerk" {
					taken <- time.Now()
				}
			}
			s.took.Store(&took)
			desk.notes(1, sheets[0])
			<-taken
			var all []time.Duration
			for n := range 200 {
				begun := time.Now()
				desk.notes(1, sheets[n%len(sheets)])
				committed := time.Now()
				all = append(all, (<-taken).Sub(committed))
				<-time.After(20*time.Millisecond - time.Since(begun))
			}
			slices.Sort(all)
			b.ReportMetric(float64(all[len(all)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}
