package remote

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/route"
)

// PeerOptions say where modules are that this process does not host, and how they are asked.
type PeerOptions struct {
	Addresses map[string][]*url.URL // by module: http (HTTP/1.1), h2c or https
	Secret    string                // BANYAN_PEER_SECRET; empty: calls bear no token
	TLS       *tls.Config           // of https addresses
	Meter     *boundary.Meter
	Log       *slog.Logger // told when an address rests, and when it is back; nothing is logged if nil
	Now       func() time.Time
	Limits    Limits
	Table     *route.Table                              // says which calls of a module that is hosted here, too, go elsewhere; nil: none
	Wrap      func(http.RoundTripper) http.RoundTripper // stands between calls and their connections; tests alone
}

// Peers are the modules that other processes host.
type Peers struct {
	options   PeerOptions
	transport map[string]http.RoundTripper // by scheme
	lines     map[string][]*line           // by module
}

// NewPeers makes no connection yet. Close ends those that calls have made.
func NewPeers(o PeerOptions) *Peers {
	o.Limits = o.Limits.withDefaults()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	p := &Peers{options: o, transport: map[string]http.RoundTripper{}, lines: map[string][]*line{}}
	for _, scheme := range []string{"http", "h2c", "https"} {
		p.transport[scheme] = newTransport(scheme, o.TLS)
	}
	for module, addresses := range o.Addresses {
		for _, address := range addresses {
			p.lines[module] = append(p.lines[module], p.newLine(module, address))
		}
	}
	return p
}

// newTransport asks no proxy: processes of one shop reach each other.
func newTransport(scheme string, c *tls.Config) *http.Transport {
	var protocols http.Protocols
	switch scheme {
	case "h2c":
		protocols.SetUnencryptedHTTP2(true)
	case "https":
		protocols.SetHTTP2(true)
		fallthrough
	default:
		protocols.SetHTTP1(true)
	}
	return &http.Transport{
		Protocols: &protocols, TLSClientConfig: c,
		DialContext:         dialer().DialContext,
		TLSHandshakeTimeout: 3 * time.Second,
		MaxIdleConnsPerHost: 128,
		IdleConnTimeout:     90 * time.Second, // shorter than servers keep a connection
		DisableCompression:  true,             // Connect asks for it, and reads it
	}
}

// Close ends the connections that are idle; those with a call on them end with it.
func (p *Peers) Close() {
	for _, transport := range p.transport {
		if t, ok := transport.(*http.Transport); ok {
			t.CloseIdleConnections()
		}
	}
}

// ErrNoAddress is returned for a module that this process neither hosts nor knows an address of.
var ErrNoAddress = errors.New("BANYAN_PEERS names no address of it")

// Peer is a module that other processes host, by one version of its contract.
type Peer struct {
	contract Contract
	options  PeerOptions
	callee   *boundary.Callee
	lines    []*line
	turn     atomic.Uint64
}

// Find is where a contract is served. It returns ErrNoAddress.
func (p *Peers) Find(c Contract) (*Peer, error) {
	peer := p.Beside(c)
	if len(peer.lines) == 0 {
		return nil, fmt.Errorf("call module %s: %w", c.Module, ErrNoAddress)
	}
	return peer, nil
}

// Beside is where a contract is served that this process serves, too. There may be nobody.
func (p *Peers) Beside(c Contract) *Peer {
	return &Peer{contract: c, options: p.options, callee: p.options.Meter.Callee(c.Module), lines: p.lines[c.Module]}
}

// line is the way to one address of a module.
type line struct {
	address string // as in settings
	base    string
	through *carrier
	breaker *gobreaker.TwoStepCircuitBreaker[any]
}

func (p *Peers) newLine(module string, address *url.URL) *line {
	at := *address
	transport := p.transport[at.Scheme]
	if p.options.Wrap != nil {
		transport = p.options.Wrap(transport)
	}
	if at.Scheme == "h2c" {
		at.Scheme = "http"
	}
	limits := p.options.Limits
	return &line{
		address: address.String(),
		base:    at.String(),
		through: &carrier{transport, p.options.Secret, p.options.Now, limits.Answer},
		breaker: gobreaker.NewTwoStepCircuitBreaker[any](gobreaker.Settings{
			Timeout:     limits.Rest,
			ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= limits.Failures },
			IsExcluded:  func(err error) bool { return errors.Is(err, errNothingSaid) },
			OnStateChange: func(_ string, _, now gobreaker.State) {
				p.tell(now, slog.String("module", module), slog.String("address", address.String()))
			},
		}),
	}
}

func (p *Peers) tell(now gobreaker.State, about ...slog.Attr) {
	switch now {
	case gobreaker.StateOpen:
		p.options.Log.LogAttrs(context.Background(), slog.LevelWarn, "an address does not answer, and rests", about...)
	case gobreaker.StateClosed:
		p.options.Log.LogAttrs(context.Background(), slog.LevelInfo, "an address answers again", about...)
	case gobreaker.StateHalfOpen: // one call tries it
	}
}

// errNothingSaid tells a breaker that a call says nothing of its address: the caller left.
var errNothingSaid = errors.New("nothing said")

// pick is the next line whose breaker lets a call through, and what to tell it afterwards; nil when all rest.
// not is the line of the attempt before: another one is taken first.
func (p *Peer) pick(not *line) (picked *line, done func(error)) {
	first := p.turn.Add(1)
	for _, again := range []bool{false, true} {
		for i := range uint64(len(p.lines)) {
			l := p.lines[(first+i)%uint64(len(p.lines))]
			if (l == not) != again {
				continue
			}
			if done, err := l.breaker.Allow(); err == nil {
				return l, done
			}
		}
	}
	return nil, nil
}
