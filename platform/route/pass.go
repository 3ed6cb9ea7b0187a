package route

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/banyan-commerce/banyan/platform/web"
)

// Pass sends a request its way; it is for web.Options.Route.
func (t *Table) Pass(p *web.Passing) {
	w := t.ways[p.Module]
	if w == nil || w.hosted && w.state.Load().idle() {
		p.Here(nil, nil)
		return
	}
	r := p.Request()
	switch {
	case r.Header.Get(RoutedHeader) != "":
		t.receive(w, p, r)
	default:
		t.send(w, p, r)
	}
}

// receive serves what another process has forwarded.
func (t *Table) receive(w *way, p *web.Passing, r *http.Request) {
	if !w.hosted {
		p.Fail(unreachable(r.Context(), w.module, errNobody))
		return
	}
	p.Here(r, nil)
}

func (t *Table) send(w *way, p *web.Passing, r *http.Request) {
	now := w.state.Load()
	side := w.side(now, Key(p.Subject(), r))
	var seen *copied
	if w.hosted && now.Shadow > 0 && !p.Streams && r.Method == http.MethodGet && sampled(w.module, web.RequestID(r.Context()), now.Shadow) {
		seen = &copied{}
	}
	if side == Away {
		side = t.away(w, now, p, r, seen)
	} else {
		t.here(w, p, r, seen)
	}
	if seen.whole() && r.Context().Err() == nil {
		t.shadow.offer(job{
			module: w.module, operation: p.Operation, requestID: web.RequestID(r.Context()), primary: side,
			answer: seen.answer(), ask: t.asking(now.to, p, r),
		})
	}
}

// here serves the request in this process. What panics is counted, too.
func (t *Table) here(w *way, p *web.Passing, r *http.Request, seen *copied) {
	begin, broken := t.options.Now(), true
	defer func() { t.observe(w, p, r, Here, broken || p.Status() >= http.StatusInternalServerError, begin) }()
	p.Here(r, seen.wrap())
	broken = false
}

// away gives the answer of the other process. Where that can't be reached, and the module is here too, the
// request is served here if it may be. It answers whose answer it was.
func (t *Table) away(w *way, now *state, p *web.Passing, r *http.Request, seen *copied) Side {
	begin := t.options.Now()
	whole, err := pack(r)
	if err != nil {
		p.Fail(err)
		return Away
	}
	f := &forwarding{table: t, to: now.to, parcel: whole, passing: p, keep: seen.wrap()}
	t.forward(w, f, r, begin)
	switch {
	case f.failed == nil:
		return Away
	case w.hosted && r.Context().Err() == nil && whole.mayRepeat(f.failed):
		t.here(w, p, whole.unpacked(), seen)
		return Here
	}
	p.Fail(unreachable(r.Context(), w.module, f.failed))
	return Away
}

// forward counts what it did, also when the answer broke off, which is a panic.
func (t *Table) forward(w *way, f *forwarding, r *http.Request, begin time.Time) {
	broken := true
	defer func() {
		t.observe(w, f.passing, r, Away, broken || f.failed != nil || f.status >= http.StatusInternalServerError, begin)
	}()
	f.run()
	broken = false
}

// observe leaves out what ended because the client went away.
func (t *Table) observe(w *way, p *web.Passing, r *http.Request, side Side, failed bool, begin time.Time) {
	if errors.Is(r.Context().Err(), context.Canceled) {
		return
	}
	took := t.options.Now().Sub(begin)
	if p.Streams {
		took = -1 // as long as the client takes
	}
	t.Observe(w.module, side, failed, took)
}

// Key is by what a request sticks to its side: what its path names (an order's ID), its Idempotency-Key, its
// caller's token, the client's address. Behind a proxy the address is the one that the proxy has told.
func Key(subject string, r *http.Request) string {
	switch {
	case subject != "":
		return subject
	case r.Header.Get("Idempotency-Key") != "":
		return r.Header.Get("Idempotency-Key")
	case r.Header.Get("Authorization") != "":
		return r.Header.Get("Authorization")
	}
	if told := r.Header.Values("X-Forwarded-For"); len(told) > 0 {
		all := strings.Split(told[len(told)-1], ",")
		return strings.TrimSpace(all[len(all)-1])
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
