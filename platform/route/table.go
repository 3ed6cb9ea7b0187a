// Package route decides where the requests for a module's operations go: they are served here, or by another
// process that hosts the module, or by both in shares. It forwards, compares and, when the other process does
// worse, returns.
//
// What always holds: a key goes the same way at the same share, and a larger share only adds keys; a
// request that might take effect twice is sent once; nobody waits for a comparison; a share that a guard has
// returned stays at 0 until an operator raises it.
package route

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/banyan-commerce/banyan/platform/boundary"
)

// Options of a Table.
type Options struct {
	Modules   []string // all of the shop
	Hosted    []string // those that this process hosts, whose schemas Book has open once Start is called
	Settings  Settings
	Book      *Book
	Guard     Guard               // DefaultGuard if zero
	Unguarded []string            // modules whose share nothing but an operator returns
	Ignore    map[string][]string // by operation, or "*": what may differ in an answer; see Compare
	Values    bool                // differences show values, which may be personal
	Transport http.RoundTripper   // between processes; one of its own if nil
	Now       func() time.Time
	Log       *slog.Logger
	Metrics   prometheus.Registerer
}

// Table says for each module where its requests go. It follows its Book once Start was called.
type Table struct {
	options Options
	metrics *metrics
	shadow  *shadow
	ways    map[string]*way

	cancel  context.CancelFunc
	keeping sync.WaitGroup
}

// way is where the requests of one module go.
type way struct {
	module string
	hosted bool
	peers  []string
	watch  *watch
	ask    chan struct{} // holds one when the book should be looked at now

	state    atomic.Pointer[state]
	mu       sync.Mutex // of changes of state
	returned *Rule      // what a guard found too bad, until the book says so
	why      string
}

// state is a rule and the addresses that it comes to. It is never changed.
type state struct {
	Rule

	to *addresses
}

// idle says that there is no other process: then nothing is measured either.
func (s *state) idle() bool { return len(s.to.all) == 0 }

// NewTable makes a table by which all goes where settings say, until Start has read the book. It returns
// ErrAddress for peers that are none, or an error of the registry.
func NewTable(o Options) (*Table, error) {
	if o.Guard == (Guard{}) {
		o.Guard = DefaultGuard()
	}
	if o.Transport == nil {
		o.Transport = transport()
	}
	m, err := newMetrics(o.Metrics)
	if err != nil {
		return nil, err
	}
	t := &Table{options: o, metrics: m, ways: map[string]*way{}, cancel: func() {}}
	t.shadow = newShadow(o, m)
	for _, module := range o.Modules {
		w := &way{
			module: module, hosted: slices.Contains(o.Hosted, module), peers: o.Settings.Peers[module],
			watch: newWatch(o.Guard), ask: make(chan struct{}, 1),
		}
		rule := Rule{Module: module}
		if !w.hosted {
			rule.Share = 100
		}
		if err := w.set(rule); err != nil {
			return nil, err
		}
		t.ways[module] = w
		m.share.WithLabelValues(module).Set(float64(rule.Share))
	}
	return t, nil
}

const (
	lookEvery = time.Second // at the rules: so much later other instances follow
	lookLimit = 2 * time.Second
)

// Start reads the rules, and then follows them. It returns the book's error: with an unknown rule a
// request could go to a process that does not expect it.
func (t *Table) Start(ctx context.Context) error {
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	t.cancel = cancel
	t.shadow.start(run)
	for _, w := range t.ways {
		if !w.hosted {
			continue
		}
		if err := t.Refresh(ctx, w.module); err != nil {
			t.Stop()
			return err
		}
		t.keeping.Go(func() {
			boundary.Do(run, w.module, func(ctx context.Context) { t.keep(ctx, w) })
		})
	}
	return nil
}

// Stop waits for the last look and for comparisons.
func (t *Table) Stop() {
	t.cancel()
	t.keeping.Wait()
	t.shadow.stop()
}

// keep follows the book. When it can't be read, what was known before holds.
func (t *Table) keep(ctx context.Context, w *way) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-w.ask:
		}
		if err := t.look(ctx, w); err != nil && ctx.Err() == nil {
			t.options.Log.LogAttrs(ctx, slog.LevelWarn, "routes not read", slog.String("module", w.module), slog.Any("error", err))
		}
	}
}

// look waits no longer than lookLimit, also for a database that hangs.
func (t *Table) look(ctx context.Context, w *way) error {
	ctx, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	_, err := boundary.Within(ctx, t.options.Log, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, t.Refresh(ctx, w.module)
	})
	return err
}

// Refresh writes down what a guard found, if it did, and reads the rule of a module. It returns
// ErrNoModule, or the book's error.
func (t *Table) Refresh(ctx context.Context, module string) error {
	w := t.ways[module]
	if w == nil {
		return ErrNoModule
	}
	w.mu.Lock()
	found, why := w.returned, w.why
	w.mu.Unlock()
	if found != nil {
		if err := t.options.Book.returnShare(ctx, *found, why, t.options.Log); err != nil {
			return err
		}
	}
	rule, err := t.options.Book.Read(ctx, module)
	if err != nil {
		return err
	}
	return t.follow(w, rule)
}

// follow takes a rule over that is newer than what is known. A share that a guard has returned keeps its
// revision here until the book says it, too, so that nothing else than an operator's word raises it.
func (t *Table) follow(w *way, rule Rule) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	known := w.state.Load()
	if rule.Revision <= known.Revision {
		return nil
	}
	if err := w.set(rule); err != nil {
		return err
	}
	w.returned = nil
	if rule.Share != known.Share || !slices.Equal(rule.To, known.To) {
		w.watch.forget()
		t.options.Log.Info("route of a module changed", slog.String("module", w.module), slog.Int("from", known.Share), slog.Int("to", rule.Share), slog.Int("shadow", rule.Shadow))
	}
	if rule.Share+rule.Shadow > 0 && t.options.Settings.callsOf(w.module).Stay() {
		t.options.Log.Warn("calls of a module's contract stay here: BANYAN_PEERS names no address of it", slog.String("module", w.module))
	}
	t.metrics.share.WithLabelValues(w.module).Set(float64(rule.Share))
	return nil
}

// set returns ErrAddress, and changes nothing, if the rule's addresses are none.
func (w *way) set(rule Rule) error {
	known := w.state.Load()
	if known != nil && slices.Equal(known.To, rule.To) {
		w.state.Store(&state{rule, known.to}) // the turn and the rests of addresses go on
		return nil
	}
	texts := rule.To
	if len(texts) == 0 {
		texts = w.peers
	}
	urls, err := parse(texts)
	if err != nil {
		return err
	}
	w.state.Store(&state{rule, newAddresses(urls)})
	return nil
}

// Side says where a request or call of a module with this key goes now.
func (t *Table) Side(module, key string) Side {
	w := t.ways[module]
	if w == nil {
		return Here
	}
	return w.side(w.state.Load(), key)
}

func (w *way) side(s *state, key string) Side {
	if !w.hosted || Goes(w.module, key, s.Share) {
		return Away
	}
	return Here
}

// Addresses are where the module's other process is.
func (t *Table) Addresses(module string) []string {
	w := t.ways[module]
	if w == nil {
		return nil
	}
	if to := w.state.Load().To; len(to) > 0 {
		return slices.Clone(to)
	}
	return slices.Clone(w.peers)
}

// Shares says whether work of a module that is hosted here may go elsewhere now, or be compared.
func (t *Table) Shares(module string) bool {
	if t == nil {
		return false
	}
	w := t.ways[module]
	if w == nil || !w.hosted {
		return false
	}
	now := w.state.Load()
	return now.Share > 0 || now.Shadow > 0
}

// Observe counts a request of a module by how it ended: failed, if the other side is to blame. A
// negative time is not looked at. When that makes it too bad, the module's share is 0 when Observe returns.
func (t *Table) Observe(module string, side Side, failed bool, took time.Duration) {
	w := t.ways[module]
	if w == nil {
		return
	}
	t.metrics.requests.WithLabelValues(module, side.String(), resultOf(failed)).Inc()
	t.watch(w, side, failed, took)
}

// ObserveCall is Observe for a call of the module's contract: calls and requests have one guard.
func (t *Table) ObserveCall(module, method string, side Side, failed bool, took time.Duration) {
	w := t.ways[module]
	if w == nil {
		return
	}
	t.metrics.calls.WithLabelValues(module, method, side.String(), resultOf(failed)).Inc()
	t.watch(w, side, failed, took)
}

func resultOf(failed bool) string {
	if failed {
		return "failed"
	}
	return "ok"
}

func (t *Table) watch(w *way, side Side, failed bool, took time.Duration) {
	why := w.watch.add(t.options.Now(), side, failed, took)
	if why != "" && w.hosted && !slices.Contains(t.options.Unguarded, w.module) {
		t.giveBack(w, why)
	}
}

// giveBack sets the share to 0 at once, and has it written down.
func (t *Table) giveBack(w *way, why string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.state.Load()
	if now.Share == 0 {
		return // what was under way when it was returned
	}
	found := now.Rule
	back := *now
	back.Share, back.Tripped = 0, why
	w.state.Store(&back)
	w.returned, w.why = &found, why
	t.metrics.share.WithLabelValues(w.module).Set(0)
	t.metrics.returns.WithLabelValues(w.module).Inc()
	t.options.Log.Error("share of a module returned by its guard", slog.String("module", w.module), slog.Int("share", found.Share), slog.String("why", why))
	select {
	case w.ask <- struct{}{}:
	default:
	}
}
