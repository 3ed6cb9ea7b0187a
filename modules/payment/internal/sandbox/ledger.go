package sandbox

import (
	"fmt"
	"strings"
	"sync"

	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/money"
)

// remembered is how many authorisations the ledger holds: enough for every repetition that can still
// come, and bounded, because a benchmark makes millions.
const remembered = 1 << 14

// Tally counts what the sandbox has done since it started: each operation once, however often it was
// asked for.
type Tally struct {
	Authorised, Declined, Captured, Voided int
}

// ledger is the sandbox's own memory, by our keys. It is lost with the process. That is harmless: the
// outcome of an authorisation follows from its token, and its reference says what was set aside.
type ledger struct {
	mu    sync.Mutex
	known map[id.UUID]*authorisation
	ring  []id.UUID // keys, oldest at next when full
	next  int
	tally Tally
}

type authorisation struct {
	token        string
	amount       money.Money
	reference    string
	approved     bool
	code, reason string
	captureKey   id.UUID
	captured     money.Money
	voided       bool
	closed       bool // voided before it was asked for
}

func newLedger() *ledger {
	return &ledger{known: make(map[id.UUID]*authorisation)}
}

func (l *ledger) tallied() Tally {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tally
}

// authorise decides once per key. It answers errKeyReused when token or amount differ from the first
// time.
func (l *ledger) authorise(key id.UUID, token string, amount money.Money) (answer, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	known, ok := l.known[key]
	if !ok {
		known = l.decide(key, token, amount)
	}
	if !known.closed && (known.token != token || known.amount != amount) {
		return answer{}, errKeyReused
	}
	return known.answer(), nil
}

func (l *ledger) decide(key id.UUID, token string, amount money.Money) *authorisation {
	v := judge(token)
	made := &authorisation{token: token, amount: amount, approved: v.approved, code: v.code, reason: v.reason}
	if v.approved {
		made.reference = reference(key, amount)
		l.tally.Authorised++
	} else {
		l.tally.Declined++
	}
	l.remember(key, made)
	return made
}

func (l *ledger) remember(key id.UUID, made *authorisation) {
	if len(l.ring) < remembered {
		l.ring = append(l.ring, key)
	} else {
		delete(l.known, l.ring[l.next])
		l.ring[l.next] = key
		l.next = (l.next + 1) % remembered
	}
	l.known[key] = made
}

func (l *ledger) query(key id.UUID) (answer, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	known, ok := l.known[key]
	if !ok {
		return answer{}, false
	}
	return known.answer(), true
}

// capture takes an amount once. A second capture with another key is refused.
func (l *ledger) capture(key, of id.UUID, ref string, amount money.Money) answer {
	l.mu.Lock()
	defer l.mu.Unlock()
	known := l.recall(of, ref)
	switch {
	case known == nil || !known.approved || known.closed:
		return refused("not_authorised", "There is nothing to capture.")
	case known.voided:
		return refused("voided", "The authorisation was voided.")
	case !known.captureKey.IsZero() && known.captureKey != key:
		return refused("already_captured", "The authorisation was captured before.")
	case known.captureKey.IsZero() && (amount.Currency != known.amount.Currency || amount.Amount > known.amount.Amount):
		return refused("amount_too_large", "The amount is larger than what was authorised.")
	}
	if known.captureKey.IsZero() {
		known.captureKey, known.captured = key, amount
		l.tally.Captured++
	}
	return answer{Status: statusDone, Reference: known.reference, Amount: known.captured}
}

// void releases what was set aside, or closes a key under which nothing was.
func (l *ledger) void(of id.UUID, ref string) answer {
	l.mu.Lock()
	defer l.mu.Unlock()
	known := l.recall(of, ref)
	if known == nil {
		known = &authorisation{closed: true, code: "closed", reason: "The authorisation was voided before it was asked for."}
		l.remember(of, known)
	}
	if !known.captureKey.IsZero() {
		return refused("captured", "The amount has been captured.")
	}
	if known.approved && !known.voided {
		known.voided = true
		l.tally.Voided++
	}
	if !known.approved {
		return answer{Status: statusDone}
	}
	return answer{Status: statusDone, Reference: known.reference, Amount: known.amount}
}

// recall finds an authorisation, if need be by the reference that was answered before a restart.
func (l *ledger) recall(key id.UUID, ref string) *authorisation {
	if known, ok := l.known[key]; ok {
		return known
	}
	amount, ok := amountOf(key, ref)
	if !ok {
		return nil
	}
	known := &authorisation{amount: amount, reference: ref, approved: true}
	l.remember(key, known)
	return known
}

func (a *authorisation) answer() answer {
	if !a.approved {
		return refused(a.code, a.reason)
	}
	return answer{Status: statusDone, Reference: a.reference, Amount: a.amount}
}

// reference is sbx_, the currency, the amount and the key.
func reference(key id.UUID, amount money.Money) string {
	return fmt.Sprintf("sbx_%s_%d_%s", amount.Currency, amount.Amount, key)
}

func amountOf(key id.UUID, ref string) (money.Money, bool) {
	fields := strings.Split(ref, "_")
	if len(fields) != 4 {
		return money.Money{}, false
	}
	amount := money.Money{Currency: money.Currency(fields[1])}
	if _, err := fmt.Sscanf(fields[2], "%d", &amount.Amount); err != nil {
		return money.Money{}, false
	}
	return amount, ref == reference(key, amount)
}
