package route

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/web"
)

// What comparing may cost. What is more is dropped and counted: it is a sample anyway.
const (
	shadowWorkers = 2
	shadowQueue   = 64
	shadowLimit   = 5 * time.Second
	maxSeen       = 256 << 10 // bytes of an answer; a larger one is not compared
	maxFindings   = 50        // kept
)

// Answer is what a side answered: an HTTP status or the code of a fault, and JSON.
type Answer struct {
	Status string
	Body   []byte
}

// Finding is a pair of answers that differ, twice.
type Finding struct {
	At          time.Time
	Module      string
	Operation   string
	RequestID   string
	Primary     Side // whose answer the client got
	Differences []Difference
}

// Counts are how often both sides were asked for the answer of an operation, by what came of it.
type Counts struct {
	Module, Operation                string
	Same, Different, Failed, Dropped int64
}

type job struct {
	module, operation, requestID string
	primary                      Side
	answer                       Answer
	ask                          func(ctx context.Context, of Side) (Answer, error)
}

// shadow compares, beside requests and never in them.
type shadow struct {
	options Options
	metrics *metrics
	queue   chan job
	working sync.WaitGroup

	mu       sync.Mutex
	counts   map[string]*Counts // by operation
	findings []Finding          // the newest last
}

func newShadow(o Options, m *metrics) *shadow {
	return &shadow{options: o, metrics: m, queue: make(chan job, shadowQueue), counts: map[string]*Counts{}}
}

func (s *shadow) start(ctx context.Context) {
	for range shadowWorkers {
		s.working.Go(func() { s.work(ctx) })
	}
}

func (s *shadow) stop() { s.working.Wait() }

func (s *shadow) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case j := <-s.queue:
			err := boundary.Fenced(ctx, s.options.Log, func() error { return s.compare(ctx, j) })
			if err != nil && ctx.Err() == nil {
				s.count(j, "failed")
				s.options.Log.LogAttrs(ctx, slog.LevelDebug, "nothing to compare with", slog.String("operation", j.operation), slog.Any("error", err))
			}
		}
	}
}

// offer never waits.
func (s *shadow) offer(j job) {
	select {
	case s.queue <- j:
	default:
		s.count(j, "dropped")
	}
}

// compare asks the other side. Where that differs, both are asked again: things go on between two questions,
// and what was only a moment's difference is none.
func (s *shadow) compare(ctx context.Context, j job) error {
	second, err := s.ask(ctx, j, j.primary.other())
	if err != nil {
		return err
	}
	found := s.between(j, j.answer, second)
	if len(found) > 0 {
		var first Answer
		if first, err = s.ask(ctx, j, j.primary); err != nil {
			return err
		}
		if second, err = s.ask(ctx, j, j.primary.other()); err != nil {
			return err
		}
		found = s.between(j, first, second)
	}
	if len(found) == 0 {
		s.count(j, "same")
		return nil
	}
	s.count(j, "different")
	s.record(Finding{
		At: s.options.Now(), Module: j.module, Operation: j.operation, RequestID: j.requestID, Primary: j.primary, Differences: found,
	})
	return nil
}

func (s *shadow) ask(ctx context.Context, j job, side Side) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, shadowLimit)
	defer cancel()
	return boundary.Within(ctx, s.options.Log, func(ctx context.Context) (Answer, error) { return j.ask(ctx, side) })
}

// between puts the answers in the order here, away.
func (s *shadow) between(j job, primary, other Answer) []Difference {
	if j.primary == Away {
		primary, other = other, primary
	}
	ignore := slices.Concat(s.options.Ignore["*"], s.options.Ignore[j.operation])
	return Compare(primary, other, ignore, s.options.Values)
}

func (s *shadow) count(j job, result string) {
	s.metrics.shadows.WithLabelValues(j.module, j.operation, result).Inc()
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.counts[j.operation]
	if c == nil {
		c = &Counts{Module: j.module, Operation: j.operation}
		s.counts[j.operation] = c
	}
	switch result {
	case "same":
		c.Same++
	case "different":
		c.Different++
	case "failed":
		c.Failed++
	case "dropped":
		c.Dropped++
	}
}

func (s *shadow) record(f Finding) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.findings = append(s.findings, f)
	if len(s.findings) > maxFindings {
		s.findings = slices.Delete(s.findings, 0, 1)
	}
}

// report answers what a module's comparisons found, in copies.
func (s *shadow) report(module string) (counts []Counts, findings []Finding) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.counts {
		if c.Module == module {
			counts = append(counts, *c)
		}
	}
	for _, f := range slices.Backward(s.findings) {
		if f.Module == module {
			findings = append(findings, f)
		}
	}
	return counts, findings
}

// sampled says whether a request is among so many percent that are compared.
func sampled(module, requestID string, percent int) bool {
	return Goes("shadow of "+module, requestID, percent)
}

// Samples says whether a call with this key is among those that Compare takes.
func (t *Table) Samples(module, key string) bool {
	w := t.ways[module]
	return w != nil && w.hosted && sampled(module, key, w.state.Load().Shadow)
}

// Compare offers a contract call that is safe to repeat for comparison, beside the call: the caller has its
// answer already. ask must not keep what belongs to the call, its context above all. It samples by key.
func (t *Table) Compare(module, method, key string, primary Side, answer Answer, ask func(ctx context.Context, of Side) (Answer, error)) {
	w := t.ways[module]
	if w == nil || !t.Samples(module, key) {
		return
	}
	t.shadow.offer(job{module: module, operation: module + "." + method, requestID: key, primary: primary, answer: answer, ask: ask})
}

// asking asks a side what a client has asked, without the client.
func (t *Table) asking(to *addresses, p *web.Passing, r *http.Request) func(ctx context.Context, of Side) (Answer, error) {
	server, url, header := p.Server(), *r.URL, r.Header.Clone()
	header.Set(RoutedHeader, "shadow")
	header.Set("X-Request-Id", web.RequestID(r.Context()))
	for _, name := range []string{"Connection", "Accept-Encoding", "Range", "If-None-Match", "If-Modified-Since"} {
		header.Del(name)
	}
	return func(ctx context.Context, of Side) (Answer, error) {
		question := (&http.Request{
			Method: http.MethodGet, URL: &url, Header: header.Clone(), Body: http.NoBody, Host: r.Host, RemoteAddr: r.RemoteAddr,
			Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		}).WithContext(ctx)
		if of == Here {
			seen := &copied{header: http.Header{}}
			server.ServeHTTP(seen, question)
			return seen.answer(), nil
		}
		return t.askAway(question, to)
	}
}

func (t *Table) askAway(question *http.Request, to *addresses) (Answer, error) {
	err := errNobody
	for _, next := range to.order(t.options.Now()) {
		out, u := *question, *question.URL
		u.Scheme, u.Host = next.url.Scheme, next.url.Host
		out.URL, out.Host = &u, ""
		var answer *http.Response
		if answer, err = t.options.Transport.RoundTrip(&out); err != nil {
			continue
		}
		return read(answer)
	}
	return Answer{}, err
}

func read(answer *http.Response) (Answer, error) {
	defer answer.Body.Close() //nolint:errcheck // read only
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxSeen+1))
	return Answer{Status: statusText(answer.StatusCode), Body: text}, err
}
