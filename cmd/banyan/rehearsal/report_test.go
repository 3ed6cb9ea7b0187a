package rehearsal_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/banyan-commerce/banyan/cmd/internal/sample"
)

// station is how customers fared in a section of the page.
type station struct {
	section   string
	length    time.Duration
	orders    int
	p50, p99  time.Duration // of placing, with whatever had to be repeated
	noOrder   time.Duration // the longest time without an order taken
	noPayment time.Duration // the longest time without a new payment begun at the provider
	troubles  int           // requests that were not answered well, and why is excused
}

func (r *road) count(section string) station {
	now := time.Now()
	placed, troubles := r.customers.between(r.begun, now)
	s := station{section: section, length: now.Sub(r.begun), orders: len(placed), troubles: troubles, noPayment: r.provider.Silence(r.begun, now)}
	var took []time.Duration
	last := r.begun
	for _, p := range placed {
		took = append(took, p.took)
		s.noOrder, last = max(s.noOrder, p.at.Sub(last)), p.at
	}
	s.p50, s.p99 = sample.Quantile(took, 0.5), sample.Quantile(took, 0.99)
	return s
}

// report is a table of all stations.
func (r *road) report() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s on %s, out and back\n\n| station | length | orders | place p50 | p99 | longest without an order | without a payment | asked again |\n|---|---|---|---|---|---|---|---|\n", r.module, r.engine)
	for _, s := range r.stations {
		fmt.Fprintf(&b, "| %s | %s | %d | %s | %s | %s | %s | %d |\n", s.section, short(s.length), s.orders, short(s.p50), short(s.p99), short(s.noOrder), short(s.noPayment), s.troubles)
	}
	return b.String()
}

func short(d time.Duration) string {
	if d >= time.Second {
		return d.Round(10 * time.Millisecond).String()
	}
	return d.Round(100 * time.Microsecond).String()
}
