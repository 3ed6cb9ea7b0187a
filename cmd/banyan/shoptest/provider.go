package shoptest

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// ProviderVariable names the provider for a shop that is built with ExternalProvider.
const ProviderVariable = "SHOP_PROVIDER"

// ExternalProvider has the shop ask a payment provider outside its process. The sandbox that it serves
// itself dies with it, and can't be asked afterwards what it has done.
func ExternalProvider() []Patch {
	const file = "cmd/banyan/serve.go"
	return []Patch{
		{file, "Version: version()}", "Version: version(), Sandbox: os.Getenv(\"" + ProviderVariable + "\")}"},
		{file, "\t\"log/slog\"\n", "\t\"log/slog\"\n\t\"os\"\n"},
	}
}

// Provider is the other side of payments, which the rig keeps alive. It speaks the sandbox's protocol,
// loses some of its answers after having done what was asked, and remembers everything.
type Provider struct {
	*httptest.Server

	Reliable atomic.Bool // it loses no answers

	mu    sync.Mutex
	known map[string]*deed // by our key: the attempt's ID
	asked []time.Time      // when it was first asked for each of them
}

// deed is what the provider has done for one attempt.
type deed struct {
	token      string
	amount     Amount
	authorised int // times that money was set aside
	captured   map[string]int64
	voided     bool
	closed     bool // voided before it was asked for
}

// NewProvider starts one, which loses answers until it is Reliable.
func NewProvider(t *testing.T) *Provider {
	t.Helper()
	p := &Provider{known: map[string]*deed{}}
	routes := http.NewServeMux()
	routes.HandleFunc("POST /v1/authorisations", p.authorise)
	routes.HandleFunc("GET /v1/authorisations/{key}", p.query)
	routes.HandleFunc("POST /v1/authorisations/{key}/capture", p.capture)
	routes.HandleFunc("POST /v1/authorisations/{key}/void", p.void)
	p.Server = httptest.NewServer(routes)
	t.Cleanup(p.Close)
	return p
}

type request struct {
	Token  string
	Amount Amount
}

type reply struct {
	Status    string  `json:"status"`
	Reference string  `json:"reference,omitempty"`
	Amount    *Amount `json:"amount,omitempty"`
	Code      string  `json:"code,omitempty"`
}

const keyHeader = "Idempotency-Key"

func (p *Provider) authorise(w http.ResponseWriter, r *http.Request) {
	var asked request
	if json.NewDecoder(r.Body).Decode(&asked) != nil {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	key := r.Header.Get(keyHeader)
	p.mu.Lock()
	d := p.known[key]
	if d == nil {
		d = &deed{token: asked.Token, amount: asked.Amount}
		p.known[key] = d
		p.asked = append(p.asked, time.Now()) //nolint:forbidigo // a test measures by the clock on the wall
		if d.approved() {
			d.authorised++
		}
	}
	if !d.closed && (d.token != asked.Token || d.amount != asked.Amount) {
		d.authorised++ // a second one under the same key: the audit will find it
	}
	answer := d.reply(key)
	p.mu.Unlock()
	if asked.Token == "tok_slow" {
		time.Sleep(500 * time.Millisecond)
	}
	p.send(w, answer)
}

func (p *Provider) query(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.known[r.PathValue("key")]
	if d == nil {
		http.Error(w, "no such operation", http.StatusNotFound)
		return
	}
	p.send(w, d.reply(r.PathValue("key")))
}

func (p *Provider) capture(w http.ResponseWriter, r *http.Request) {
	var asked request
	if json.NewDecoder(r.Body).Decode(&asked) != nil {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	key := r.PathValue("key")
	d := p.known[key]
	if d == nil || !d.approved() || d.voided {
		p.send(w, reply{Status: "refused", Code: "not_authorised"})
		return
	}
	if d.captured == nil {
		d.captured = map[string]int64{}
	}
	d.captured[r.Header.Get(keyHeader)] = asked.Amount.Amount // a second key takes the money twice
	p.send(w, reply{Status: "done", Reference: "ref_" + key, Amount: &asked.Amount})
}

func (p *Provider) void(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := r.PathValue("key")
	d := p.known[key]
	switch {
	case d == nil:
		p.known[key] = &deed{closed: true}
		p.send(w, reply{Status: "done"})
	case len(d.captured) > 0:
		p.send(w, reply{Status: "refused", Code: "captured"})
	default:
		d.voided = d.approved()
		p.send(w, d.released(key))
	}
}

func (d *deed) approved() bool { return !d.closed && (d.token == "tok_ok" || d.token == "tok_slow") }

func (d *deed) reply(key string) reply {
	if !d.approved() {
		return reply{Status: "refused", Code: "card_declined"}
	}
	return reply{Status: "done", Reference: "ref_" + key, Amount: &d.amount}
}

func (d *deed) released(key string) reply {
	if !d.approved() {
		return reply{Status: "done"}
	}
	return d.reply(key)
}

// send loses one answer in twenty, until the provider is Reliable.
func (p *Provider) send(w http.ResponseWriter, r reply) {
	if rand.IntN(20) == 0 && !p.Reliable.Load() { //nolint:gosec // chances, not secrets
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(r) // a client that has gone asks again
}

// Silence is the longest time within a span in which it was asked for no new payment.
func (p *Provider) Silence(from, to time.Time) (longest time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := from
	for _, at := range p.asked {
		if at.After(from) && at.Before(to) {
			longest, last = max(longest, at.Sub(last)), at
		}
	}
	return max(longest, to.Sub(last))
}

// RequireSameBooks compares what the provider has done with what the shop says of it.
func (p *Provider) RequireSameBooks(t *testing.T, b Books) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	seen := map[string]bool{}
	for id, attempts := range b.Payments {
		for _, ours := range attempts {
			seen[ours.ID] = true
			var theirs deed
			if d := p.known[ours.ID]; d != nil { // else the order was cancelled before anybody was asked
				theirs = *d
			}
			authorised, captured, voided := int64(0), int64(0), int64(0)
			if theirs.approved() {
				authorised = theirs.amount.Amount
				require.Equal(t, 1, theirs.authorised, "authorisations of payment %s of order %s", ours.ID, id)
			}
			for _, amount := range theirs.captured {
				captured += amount
			}
			if theirs.voided {
				voided = authorised
			}
			require.Equal(t, authorised, ours.Amounts.Authorised.Amount, "set aside for payment %s of order %s", ours.ID, id)
			require.Equal(t, captured, ours.Amounts.Captured.Amount, "taken for payment %s of order %s", ours.ID, id)
			require.Equal(t, voided, ours.Amounts.Voided.Amount, "released of payment %s of order %s", ours.ID, id)
			require.LessOrEqual(t, len(theirs.captured), 1, "captures of payment %s", ours.ID)
		}
	}
	for key := range p.known {
		require.True(t, seen[key], "the provider knows payment %s, and the shop does not", key)
	}
}
