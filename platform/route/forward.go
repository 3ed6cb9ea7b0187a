package route

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"strings"
	"time"

	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/web"
)

// ErrUnreachable is the answer for a module that nobody serves now. Its details name the module.
var ErrUnreachable = fault.New(fault.Unavailable, "module_unreachable", "A part of the shop can't be reached; try again in a moment, with the same key.")

var errNobody = errors.New("the module has no address")

// RoutedHeader marks a request that was forwarded: who gets it serves it or refuses it, and sends it nowhere
// else, so that two processes that take each other for the module's host don't pass it to and fro.
const RoutedHeader = "Banyan-Routed"

const (
	dialLimit  = 2 * time.Second
	idleLimit  = 90 * time.Second // shorter than a server keeps them (120 s): it does not close one that is being used
	idleConns  = 256              // kept open to one address
	comeBackIn = 2 * time.Second
)

func transport() *http.Transport {
	return &http.Transport{
		DialContext:         (&net.Dialer{Timeout: dialLimit, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout: dialLimit, IdleConnTimeout: idleLimit, MaxIdleConnsPerHost: idleConns,
		ForceAttemptHTTP2: true, DisableCompression: true, // what was asked for is what is answered
	}
}

// forwarding is one request on its way to another process.
type forwarding struct {
	table   *Table
	to      *addresses
	parcel  *parcel
	passing *web.Passing
	keep    func(http.ResponseWriter) http.ResponseWriter // wraps the answer; may be nil

	status int // of the answer; 0 if there is none
	failed error
}

// run gives the client the other process's answer, or says in failed why there is none. Then nothing has
// been written.
func (f *forwarding) run() {
	w := f.passing.Writer()
	if f.keep != nil {
		w = f.keep(w)
	}
	proxy := httputil.ReverseProxy{
		Rewrite: f.rewrite, Transport: f,
		ModifyResponse: func(answer *http.Response) error {
			f.status = answer.StatusCode
			for name := range answer.Header { // in place of what this server says by itself
				w.Header().Del(name)
			}
			return nil
		},
		ErrorHandler: func(_ http.ResponseWriter, _ *http.Request, err error) { f.failed = err },
		ErrorLog:     slog.NewLogLogger(f.table.options.Log.Handler(), slog.LevelDebug),
	}
	r := *f.parcel.request
	r.Body = f.parcel.body()
	proxy.ServeHTTP(w, &r)
}

func (f *forwarding) rewrite(p *httputil.ProxyRequest) {
	in, out := p.In, p.Out
	out.URL.Scheme, out.URL.Host, out.Host = "http", "nobody.invalid", "" // RoundTrip names who
	out.Header.Set(RoutedHeader, "1")
	out.Header.Set("X-Request-Id", web.RequestID(in.Context()))
	tellOrigin(p)
	select {
	case <-web.Draining(in.Context()): // nobody is to be kept waiting
		out.Header.Del("Prefer")
	default:
	}
}

// tellOrigin adds this hop to what proxies before have told (RFC 7239, and what was usual before it). The
// right end is what the last of them knows; whoever reads more has to trust who was before.
func tellOrigin(p *httputil.ProxyRequest) {
	p.Out.Header["X-Forwarded-For"] = p.In.Header["X-Forwarded-For"]
	p.SetXForwarded()
	for _, name := range []string{"X-Forwarded-Host", "X-Forwarded-Proto"} {
		if told := p.In.Header.Get(name); told != "" {
			p.Out.Header.Set(name, told)
		}
	}
	from, _, err := net.SplitHostPort(p.In.RemoteAddr)
	if err != nil {
		from = "unknown"
	}
	if strings.Contains(from, ":") {
		from = `"[` + from + `]"`
	}
	hop := "for=" + from + ";host=" + `"` + strings.ReplaceAll(p.In.Host, `"`, "") + `"`
	p.Out.Header.Set("Forwarded", strings.Join(append(p.In.Header.Values("Forwarded"), hop), ", "))
}

// RoundTrip tries the addresses in turn, as long as nobody can have taken the request, or it may be repeated.
// It is of http.RoundTripper.
func (f *forwarding) RoundTrip(r *http.Request) (*http.Response, error) {
	err := errNobody
	for _, next := range f.to.order(f.table.options.Now()) {
		out := *r
		u := *r.URL
		u.Scheme, u.Host = next.url.Scheme, next.url.Host
		out.URL, out.Body = &u, f.parcel.body()
		out.GetBody = nil
		var answer *http.Response
		if answer, err = f.table.options.Transport.RoundTrip(&out); err == nil {
			return answer, nil
		}
		if r.Context().Err() != nil {
			return nil, err
		}
		next.rest(f.table.options.Now())
		if !f.parcel.mayRepeat(err) {
			return nil, err
		}
	}
	return nil, err
}

// unreachable is what a client gets when there was no answer.
func unreachable(ctx context.Context, module string, cause error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("forward to %s: %w", module, err)
	}
	named := ErrUnreachable.WithMessage("The %s part of the shop can't be reached; try again in a moment, with the same key.", module).
		WithDetails(struct {
			Module string `json:"module"`
		}{module})
	return web.RetryAfter(fmt.Errorf("forward to %s: %w: %w", module, named, cause), comeBackIn)
}
