package app_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/payment"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
)

// story is what happens to one order: facts before the provider is asked, while it works, and afterwards.
type story struct {
	name     string
	end      string // of the first attempt, and all that others hear of it
	token    string // tok_ok if empty
	method   string // card if empty
	amount   bool   // the provider sets another amount aside
	lost     bool   // the provider's answers are lost until the facts of after
	late     bool   // order.placed comes with the facts of before
	before   func(o *payer) event.Event
	meantime func(o *payer) event.Event
	after    func(o *payer) event.Event

	payer
}

// payer is the order of a story with its first attempt.
type payer struct {
	order   order.ID
	attempt order.PaymentAttempt
}

func cancelled(o *payer) event.Event { return order.Cancelled{OrderID: o.order} }
func expired(o *payer) event.Event   { return order.Expired{OrderID: o.order} }
func shipped(o *payer) event.Event   { return shippedFact(o.order) }
func repeated(o *payer) event.Event  { return order.Placed{OrderID: o.order, Payment: o.attempt} }
func second(o *payer) event.Event {
	return order.PaymentRequested{OrderID: o.order, Payment: wanted("tok_ok")}
}

func stories() []*story {
	all := []*story{
		{name: "paid", end: "authorised payment.authorized"},
		{name: "declined", end: "declined payment.declined", token: "tok_declined"},
		{name: "without funds", end: "declined payment.declined", token: "tok_insufficient_funds"},
		{name: "no such method", end: "declined payment.declined", method: "barter"},
		{name: "captured", end: "captured payment.authorized payment.captured", after: shipped},
		{name: "given back", end: "voided payment.authorized payment.voided", after: cancelled},
		{name: "expired", end: "voided payment.authorized payment.voided", after: expired},
		{name: "cancelled before the call", end: "voided payment.voided", before: cancelled},
		{name: "shipped before the answer", end: "captured payment.authorized payment.captured", before: shipped},
		{name: "told twice", end: "authorised payment.authorized", before: repeated},
		{name: "told beside one that is told twice", end: "authorised payment.authorized", late: true, before: repeated},
		{name: "an attempt after one that was refused at once", end: "declined payment.declined", method: "barter", before: second},
		{name: "a second attempt beside the first", end: "authorised payment.authorized", before: second},
		{name: "a second attempt after the first", end: "declined payment.declined", token: "tok_declined", after: second},
		{name: "another amount", end: "declined payment.declined", amount: true},
		{name: "cancelled during the call", end: "voided payment.voided", meantime: cancelled},
		{name: "declined and cancelled during the call", end: "voided payment.voided", token: "tok_declined", meantime: cancelled},
		{name: "shipped during the call", end: "captured payment.authorized payment.captured", meantime: shipped},
		{name: "lost answer", end: "authorised payment.authorized", lost: true},
		{name: "lost answer and cancelled", end: "voided payment.voided", lost: true, after: cancelled},
		{name: "unpaid parcel", end: "declined payment.declined", token: "tok_declined", after: shipped},
		{name: "paid, too", end: "authorised payment.authorized"},
	}
	for _, one := range all {
		one.order = order.ID{UUID: id.New()}
		one.attempt = wanted("tok_ok")
		if one.token != "" {
			one.attempt.Token = one.token
		}
		if one.method != "" {
			one.attempt.Method = one.method
		}
	}
	return all
}

// hearSet delivers facts of one type as the dispatcher does: together, or else one by one. Those that
// fail alone are parked, and answered.
func (s *shop) hearSet(envelopes []event.Envelope) (parked []event.Envelope) {
	s.t.Helper()
	if bus.DeliverSet(s.t.Context(), s.sub, envelopes) == nil {
		return nil
	}
	for _, e := range envelopes {
		if bus.Deliver(s.t.Context(), s.sub, e) != nil {
			parked = append(parked, e)
		}
	}
	return parked
}

// tell lets all stories have one of their facts, each type of fact as a set.
func (s *shop) tell(all []*story, fact func(one *story) event.Event) (parked []event.Envelope) {
	s.t.Helper()
	sets := map[event.Type][]event.Envelope{}
	for _, one := range all {
		if f := fact(one); f != nil {
			sets[f.EventType()] = append(sets[f.EventType()], s.envelope(one.order, f))
		}
	}
	for _, set := range sets {
		parked = append(parked, s.hearSet(set)...)
	}
	return parked
}

// play runs stories side by side.
func (s *shop) play(all []*story) (parked int) {
	s.t.Helper()
	byKey := map[string]*story{}
	meantime := map[string]event.Envelope{}
	for _, one := range all {
		key := one.attempt.PaymentID.String()
		byKey[key] = one
		if one.meantime != nil {
			meantime[key] = s.envelope(one.order, one.meantime(&one.payer))
		}
	}
	var mu sync.Mutex
	s.line.breaks(func(far http.Handler, w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("Idempotency-Key")
		mu.Lock()
		one, e := byKey[key], meantime[key]
		if one != nil && !one.lost { // the HTTP client repeats by itself what is lost
			delete(byKey, key)
		}
		mu.Unlock()
		answer := httptest.NewRecorder()
		far.ServeHTTP(answer, r)
		switch {
		case one == nil:
		case one.lost:
			panic(http.ErrAbortHandler)
		case one.meantime != nil:
			if err := bus.Deliver(context.WithoutCancel(r.Context()), s.sub, e); err != nil {
				s.t.Error(err)
			}
		}
		text := answer.Body.String()
		if one != nil && one.amount {
			text = strings.ReplaceAll(text, `"amount":75800`, `"amount":75801`)
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write([]byte(text))
	})
	at := func(when func(one *story) func(*payer) event.Event) {
		parked += len(s.tell(all, func(one *story) event.Event {
			if f := when(one); f != nil {
				return f(&one.payer)
			}
			return nil
		}))
	}
	at(func(one *story) func(*payer) event.Event {
		if one.late {
			return nil
		}
		return repeated // that is, for the first time
	})
	at(func(one *story) func(*payer) event.Event { return one.before })
	s.run()
	mu.Lock()
	clear(byKey)
	mu.Unlock()
	at(func(one *story) func(*payer) event.Event { return one.after })
	s.later()
	s.run()
	return parked
}

// ending is all that there is to see of an order's payments, without what is different each time.
func (s *shop) ending(one *story) []string {
	s.t.Helper()
	views, err := s.app.List(s.t.Context(), one.order.UUID, payment.ID{}, 9)
	require.NoError(s.t, err)
	list := make([]string, len(views))
	for i, v := range views {
		list[i] = fmt.Sprint(v.Status, v.Wish, v.Version, v.Token, v.Code, strings.HasSuffix(v.Reference, v.ID.String()), v.Totals, s.published(v.ID))
		for _, e := range v.Ledger {
			list[i] += fmt.Sprint(" ", e.Kind, e.Result, e.Amount, e.Reference != "")
		}
	}
	return list
}

func (s *shop) heardOf(one *story) string {
	s.t.Helper()
	of := payment.ID{UUID: one.attempt.PaymentID}
	text := string(s.read(of).Status)
	for _, e := range s.published(of) {
		text += " " + e.Name
	}
	return text
}

func TestStoriesThatAreToldAtOnceEndAsTheyDoOneByOne(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		together, apart := open(t, e), open(t, e)
		crowd, single := stories(), stories()
		parked := together.play(crowd)
		alone := 0
		for i := range single {
			alone += apart.play(single[i : i+1])
		}
		for i, one := range crowd {
			require.Equal(t, apart.ending(single[i]), together.ending(one), one.name)
			require.Equal(t, one.end, together.heardOf(one), one.name)
		}
		require.Equal(t, 1, parked, "the parcel that nobody pays for")
		require.Equal(t, alone, parked)
		require.Equal(t, apart.line.tally(), together.line.tally())
		require.Zero(t, together.count("SELECT COUNT(*) FROM bus_task"))
	})
}
