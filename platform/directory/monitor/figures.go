package monitor

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/banyan-commerce/banyan/platform/directory"
)

// figures are what the samples tell of one module.
func (r reading) figures(m directory.Module) *directory.Live {
	l := &directory.Live{Held: map[string]int64{}, Rates: r.ratesOf(m)}
	for _, p := range r.levels {
		if p.metric == held && p.labels["consumer"] == m.Name {
			l.Held[p.labels["state"]] += int64(p.value)
		}
	}
	return l
}

// ratesOf is nil as long as there are none.
func (r reading) ratesOf(m directory.Module) *directory.Rates {
	if r.seconds <= 0 {
		return nil
	}
	return &directory.Rates{
		Seconds: rounded(r.seconds), Requests: r.requestsOf(m), Calls: r.callsOf(m), Publishes: r.publishedBy(m), Takes: r.takenBy(m),
		Statements: r.sum(statements, m.Name), Commits: r.sum(commits, m.Name),
	}
}

// requestsOf finds the operations of a module by its manifest, whatever else requests are labelled with.
func (r reading) requestsOf(m directory.Module) []directory.RequestRate {
	sums := map[string]directory.RequestRate{}
	for _, p := range r.rates {
		if p.metric != requests {
			continue
		}
		route := p.labels["method"] + " " + p.labels["route"]
		sum := sums[route]
		sum.Route = route
		sum.Rate += p.value
		switch status := p.labels["status"]; {
		case strings.HasPrefix(status, "4"):
			sum.Refused += p.value
		case strings.HasPrefix(status, "5"):
			sum.Failed += p.value
		}
		sums[route] = sum
	}
	list := []directory.RequestRate{}
	for _, route := range m.Routes {
		if sum, counted := sums[route]; counted {
			sum.Rate, sum.Refused, sum.Failed = rounded(sum.Rate), rounded(sum.Refused), rounded(sum.Failed)
			list = append(list, sum)
		}
	}
	return list
}

// callsOf lists what was called, by module and method, declared or not: what is counted happened.
func (r reading) callsOf(m directory.Module) []directory.CallRate {
	type edge struct{ to, method string }
	sums := map[edge]directory.CallRate{}
	for _, p := range r.rates {
		if p.metric != calls || p.labels["caller"] != m.Name {
			continue
		}
		e := edge{p.labels["callee"], p.labels["method"]}
		sum := sums[e]
		sum.To, sum.Method = e.to, e.method
		sum.Rate += p.value
		if p.labels["result"] != "ok" {
			sum.Failed += p.value
		}
		sums[e] = sum
	}
	list := slices.SortedFunc(maps.Values(sums), func(a, b directory.CallRate) int {
		return cmp.Or(cmp.Compare(a.To, b.To), cmp.Compare(a.Method, b.Method))
	})
	for i := range list {
		list[i].Rate, list[i].Failed = rounded(list[i].Rate), rounded(list[i].Failed)
	}
	return append([]directory.CallRate{}, list...)
}

func (r reading) publishedBy(m directory.Module) []directory.PublishedRate {
	list := []directory.PublishedRate{}
	for _, e := range m.Publishes {
		rate, counted := 0.0, false
		for _, p := range r.rates {
			if p.metric == published && p.labels["module"] == m.Name && p.labels["type"] == e.Event {
				rate, counted = rate+p.value, true
			}
		}
		if counted {
			list = append(list, directory.PublishedRate{Event: e.Event, Rate: rounded(rate)})
		}
	}
	return list
}

func (r reading) takenBy(m directory.Module) []directory.TakenRate {
	list := []directory.TakenRate{}
	for _, e := range m.Listens {
		t, counted := directory.TakenRate{Event: e.Event, From: e.From}, false
		for _, p := range r.rates {
			if p.metric != taken || p.labels["consumer"] != m.Name || p.labels["type"] != e.Event {
				continue
			}
			counted = true
			if p.labels["result"] == "done" {
				t.Rate += p.value
			} else {
				t.Held += p.value
			}
		}
		if counted {
			t.Rate, t.Held = rounded(t.Rate), rounded(t.Held)
			list = append(list, t)
		}
	}
	return list
}

func (r reading) sum(metric, module string) float64 {
	total := 0.0
	for _, p := range r.rates {
		if p.metric == metric && p.labels["module"] == module {
			total += p.value
		}
	}
	return rounded(total)
}

// rounded is to a thousandth: one in a minute is seen, and the digits end.
func rounded(rate float64) float64 { return math.Round(rate*1000) / 1000 }
