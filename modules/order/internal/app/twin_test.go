package app_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/modules/order/internal/ordertest"
	"github.com/banyan-commerce/banyan/modules/payment"
	"github.com/banyan-commerce/banyan/modules/shipping"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
)

// Each order has a twin with the same past. The orders hear random facts in sets, their twins hear the
// same ones by one; afterwards nobody can tell them apart.
func TestASetOfAnyFatesLeavesWhatItsEventsLeaveOneByOne(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		for range 4 {
			seed := rand.Uint64()
			t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
				t.Parallel()
				compareTwins(t, ordertest.Open(t, e.DB(t, "order")), rand.New(rand.NewPCG(seed, 0)))
			})
		}
	})
}

func compareTwins(t *testing.T, shop *ordertest.Shop, random *rand.Rand) {
	t.Helper()
	const orders, rounds = 12, 8
	var ones, twins []*twin
	for range orders {
		past := random.IntN(pasts)
		ones, twins = append(ones, newTwin(t, shop, past)), append(twins, newTwin(t, shop, past))
	}
	for range rounds {
		kind := random.IntN(kinds)
		var set, single []event.Envelope
		for i := range ones {
			w := newWhim(random)
			set = append(set, ones[i].enveloped(ones[i].fact(kind, w)))
			single = append(single, twins[i].enveloped(twins[i].fact(kind, w)))
		}
		require.NoError(t, shop.DeliverSet(set))
		for _, i := range random.Perm(orders) {
			require.NoError(t, shop.Deliver(single[i]))
		}
	}
	stated, err := bus.Pending(t.Context(), shop.DB)
	require.NoError(t, err)
	for i := range ones {
		require.Equal(t, twins[i].story(stated), ones[i].story(stated))
	}
}

// twin is an order whose IDs have names, by which its story is told.
type twin struct {
	t        *testing.T
	shop     *ordertest.Shop
	view     core.View // as it was when its past was over
	payments [2]id.UUID
	parcels  [2]shipping.ID
	heard    int
	names    []string // pairs for a strings.Replacer
}

func newTwin(t *testing.T, shop *ordertest.Shop, past int) *twin {
	t.Helper()
	v := shop.Many(1)[0]
	w := &twin{t: t, shop: shop, view: v, payments: [2]id.UUID{v.Attempt.ID, id.New()}}
	for i := range w.parcels { // they are listed by ID
		w.parcels[i].UUID = id.At(v.CreatedAt.Add(time.Duration(i) * time.Second))
	}
	w.live(past)
	w.view = shop.Look(v.ID)
	w.name(v.ID.UUID, "order")
	w.names = append(w.names, v.Number, "number")
	w.name(w.payments[0], "the first payment")
	w.name(w.payments[1], "some payment")
	w.name(w.view.Attempt.ID, "the latest payment")
	for i, p := range w.parcels {
		w.name(p.UUID, fmt.Sprint("parcel ", i))
	}
	return w
}

func (w *twin) name(u id.UUID, name string) { w.names = append(w.names, u.String(), name) }

const pasts = 9

// live does what happened to the order before.
func (w *twin) live(past int) {
	v := w.view
	switch past {
	case 0: // it waits for its payment
	case 1:
		w.hear(ordertest.Declined(v))
	case 2:
		w.hear(ordertest.Declined(v))
		_, err := w.shop.RequestPayment(w.t.Context(), w.shop.Owner(v.ID), v.ID, "key", core.Means{Method: "transfer", Token: "t"})
		require.NoError(w.t, err)
	case 3:
		w.hear(ordertest.Declined(v))
		ahead := w.shop.Another()
		ahead.Clock.Advance(time.Hour)
		require.NoError(w.t, ahead.Expire(w.t.Context(), v.ID))
	case 4:
		w.cancel()
	case 5:
		w.hear(ordertest.Authorised(v))
	case 6:
		w.hear(ordertest.Authorised(v))
		w.cancel()
	case 7:
		w.hear(ordertest.Authorised(v))
		w.hear(ordertest.Everything(v, w.parcels[0]))
	case 8:
		w.hear(ordertest.Authorised(v))
		for i, l := range v.Lines {
			parcel := []shipping.Line{{SKU: l.SKU, Quantity: l.Quantity}}
			w.hear(shipping.Created{ShipmentID: w.parcels[i], OrderID: v.ID.UUID, Lines: parcel})
		}
	}
}

func (w *twin) hear(fact event.Event) { require.NoError(w.t, w.shop.Deliver(w.enveloped(fact))) }

func (w *twin) cancel() {
	_, err := w.shop.Cancel(w.t.Context(), w.shop.Owner(w.view.ID), w.view.ID, "Why not.")
	require.NoError(w.t, err)
}

// whim is what is random in a fact.
type whim struct {
	payment, parcel, lines int
	more                   int64 // than the total
	method, status         string
	carrier                string
}

func newWhim(r *rand.Rand) whim {
	pick := func(values ...string) string { return values[r.IntN(len(values))] }
	return whim{
		payment: r.IntN(6), parcel: r.IntN(2), lines: r.IntN(3), more: max(0, r.Int64N(5)-3),
		method: pick("card", "card", "transfer"), status: pick("accepted", "in_transit", "lost"), carrier: pick("CJ", "CJ", ""),
	}
}

const kinds = 9

func (w *twin) enveloped(fact event.Event) event.Envelope {
	e := ordertest.Enveloped(fact, w.shop.Clock.Now())
	w.name(e.ID, fmt.Sprint("event ", w.heard))
	w.name(e.CorrelationID, fmt.Sprint("chain ", w.heard))
	w.heard++
	return e
}

// fact is of a kind that comes in sets.
func (w *twin) fact(kind int, by whim) event.Event {
	v, parcel := w.view, w.parcels[by.parcel]
	everything := ordertest.Everything(v, parcel)
	everything.Lines = everything.Lines[:by.lines]
	money := ordertest.Authorised(v)
	money.Method, money.Amount.Amount = by.method, v.Total.Amount+by.more
	if by.payment < len(w.payments) {
		money.PaymentID.UUID = w.payments[by.payment]
	}
	switch kind {
	case 0, 1: // twice as often
		return money
	case 2:
		return payment.Captured(money)
	case 3:
		return payment.Voided(money)
	case 4:
		return payment.Declined{
			PaymentID: money.PaymentID, OrderID: money.OrderID, Method: money.Method, Amount: money.Amount, Code: "no", Reason: by.status,
		}
	case 5:
		return everything
	case 6:
		return shipping.Shipped{
			ShipmentID: parcel, OrderID: v.ID.UUID, Carrier: by.carrier, TrackingNumber: by.carrier, Lines: everything.Lines,
		}
	case 7:
		return shipping.StatusChanged{ShipmentID: parcel, OrderID: v.ID.UUID, Status: by.status}
	}
	return shipping.Delivered{ShipmentID: parcel, OrderID: v.ID.UUID}
}

// story is all that the database knows of the order, without IDs.
func (w *twin) story(stated []event.Envelope) string {
	w.t.Helper()
	v := w.shop.Look(w.view.ID)
	v.Lines = nil // they never change, and name products
	timeline, err := w.shop.Timeline(w.t.Context(), w.shop.Operator(), v.ID)
	require.NoError(w.t, err)
	told := []any{v, timeline}
	for _, e := range stated {
		if e.Aggregate.ID != v.ID.UUID {
			continue
		}
		told = append(told, e.Type, e.Aggregate, e.Payload, e.CausationID)
		if !e.CausationID.IsZero() {
			told = append(told, e.CorrelationID)
		}
	}
	text, err := json.MarshalIndent(told, "", " ")
	require.NoError(w.t, err)
	return strings.NewReplacer(w.names...).Replace(string(text))
}
