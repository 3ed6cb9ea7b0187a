// Package sandbox is a payment provider for trying out and testing: it behaves as the token says,
// moves no money, and is spoken to over HTTP like a real one, so that a connection that breaks, a slow
// answer and a lost one are what they would be.
//
// What always holds: one authorisation per key, whose outcome depends on nothing but its token; one
// capture per authorisation. A repeated call does nothing again and answers the same, also after the
// sandbox was restarted and has forgotten everything.
package sandbox

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/banyan-commerce/banyan/platform/id"
)

// Slow is how long tok_slow waits with the answer, after having done what was asked.
const Slow = 2 * time.Second

// Sandbox is the provider's side.
type Sandbox struct {
	ledger *ledger
	delay  func(ctx context.Context)
	routes *http.ServeMux
}

// New makes a sandbox. It calls delay before it answers for tok_slow.
func New(delay func(ctx context.Context)) *Sandbox {
	s := &Sandbox{ledger: newLedger(), delay: delay, routes: http.NewServeMux()}
	s.routes.HandleFunc("POST /v1/authorisations", s.authorise)
	s.routes.HandleFunc("GET /v1/authorisations/{key}", s.query)
	s.routes.HandleFunc("POST /v1/authorisations/{key}/capture", s.capture)
	s.routes.HandleFunc("POST /v1/authorisations/{key}/void", s.void)
	return s
}

// Wait delays by a length of time, or until the caller has gone.
func Wait(length time.Duration) func(ctx context.Context) {
	return func(ctx context.Context) {
		timer := time.NewTimer(length)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
}

// Tally says what has been done so far.
func (s *Sandbox) Tally() Tally { return s.ledger.tallied() }

// ServeHTTP serves the provider's API.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.routes.ServeHTTP(w, r) }

func (s *Sandbox) authorise(w http.ResponseWriter, r *http.Request) {
	key, err := id.Parse(r.Header.Get(keyHeader))
	var body authoriseBody
	if err != nil || !decode(w, r, &body) || body.Amount.IsNegative() || body.Amount.Valid() != nil {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	done, err := s.ledger.authorise(key, body.Token, body.Amount)
	if err != nil {
		http.Error(w, "key reused", http.StatusConflict)
		return
	}
	if judge(body.Token).slow {
		s.delay(r.Context())
	}
	reply(w, done)
}

func (s *Sandbox) query(w http.ResponseWriter, r *http.Request) {
	key, err := id.Parse(r.PathValue("key"))
	if err != nil {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	done, ok := s.ledger.query(key)
	if !ok {
		http.Error(w, "no such operation", http.StatusNotFound)
		return
	}
	reply(w, done)
}

func (s *Sandbox) capture(w http.ResponseWriter, r *http.Request) {
	key, keyErr := id.Parse(r.Header.Get(keyHeader))
	of, ofErr := id.Parse(r.PathValue("key"))
	var body captureBody
	if keyErr != nil || ofErr != nil || !decode(w, r, &body) || body.Amount.IsNegative() {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	reply(w, s.ledger.capture(key, of, body.Reference, body.Amount))
}

func (s *Sandbox) void(w http.ResponseWriter, r *http.Request) {
	_, keyErr := id.Parse(r.Header.Get(keyHeader))
	of, ofErr := id.Parse(r.PathValue("key"))
	var body voidBody
	if keyErr != nil || ofErr != nil || !decode(w, r, &body) {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	reply(w, s.ledger.void(of, body.Reference))
}

func decode(w http.ResponseWriter, r *http.Request, dst any) bool {
	return json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(dst) == nil
}

func reply(w http.ResponseWriter, a answer) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(a) // a client that has gone asks again
}
