package crashpoint_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path"
	"sync"
	"testing"

	"github.com/banyan-commerce/banyan/modules/payment/paymentfx"
)

// processor is the payment provider: another company, whose program does not die with ours. Its books
// are kept from what it answered.
type processor struct {
	server *httptest.Server

	mu       sync.Mutex
	reserved map[string]amount // by our key
	taken    map[string]taking // by the key of the authorisation
	released int
}

type taking struct {
	keys  map[string]bool // under which it was asked for
	money amount
}

type amount struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

func newProcessor(t *testing.T) *processor {
	t.Helper()
	p := &processor{reserved: map[string]amount{}, taken: map[string]taking{}}
	sandbox := paymentfx.Sandbox()
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		sandbox.ServeHTTP(answer, r)
		p.note(r, answer.Body.Bytes())
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes()) // a caller that has gone asks again
	}))
	t.Cleanup(p.server.Close)
	return p
}

// note enters what was done. A call that is repeated with its key was answered from the books.
func (p *processor) note(r *http.Request, body []byte) {
	var answer struct {
		Status string
		Amount amount
	}
	if r.Method != http.MethodPost || json.NewDecoder(bytes.NewReader(body)).Decode(&answer) != nil || answer.Status != "done" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	key := r.Header.Get("Idempotency-Key")
	switch of := path.Base(path.Dir(r.URL.Path)); path.Base(r.URL.Path) {
	case "authorisations":
		p.reserved[key] = answer.Amount
	case "capture":
		if p.taken[of].keys == nil {
			p.taken[of] = taking{keys: map[string]bool{}, money: answer.Amount}
		}
		p.taken[of].keys[key] = true
	default:
		p.released++
	}
}
