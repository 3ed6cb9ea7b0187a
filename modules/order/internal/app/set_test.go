package app_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/modules/order/internal/ordertest"
	"github.com/banyan-commerce/banyan/modules/payment"
	"github.com/banyan-commerce/banyan/modules/shipping"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// captured is payment's answer that the total is taken.
func captured(v core.View) payment.Captured { return payment.Captured(ordertest.Authorised(v)) }

// facts makes one fact of each order.
func facts[E event.Event](views []core.View, of func(v core.View) E) []event.Event {
	list := make([]event.Event, len(views))
	for i, v := range views {
		list[i] = of(v)
	}
	return list
}

// writes are the statements of one transaction, by the table that each is about.
type writes struct {
	mu     sync.Mutex
	tables []string
}

func (w *writes) see(s sqldb.Statement) {
	if !s.InTx {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, word := range strings.Fields(s.Query) {
		if word == "orders" || strings.HasPrefix(word, "order_") && !strings.HasSuffix(word, ",") || strings.HasPrefix(word, "bus_") {
			w.tables = append(w.tables, word)
			return
		}
	}
	w.tables = append(w.tables, s.Query)
}

// of answers what f wrote.
func (w *writes) of(f func()) []string {
	w.mu.Lock()
	w.tables = nil
	w.mu.Unlock()
	f()
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.tables
}

func TestASetOfTwentyTakesAsManyStatementsAsOne(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		var w writes
		shop := ordertest.Open(t, e.With(sqldb.Options{Observe: w.see}).DB(t, "order"))
		views := shop.Many(20)
		parcels := map[order.ID]shipping.ID{}
		for _, v := range views {
			parcels[v.ID] = newShipment()
		}
		require.NoError(t, shop.Hear(ordertest.Declined(shop.Placed()))) // makes the consumer's number
		taken := func(set []event.Event) []string {
			return w.of(func() { require.NoError(t, shop.HearSet(set...)) })
		}
		require.Equal(t, []string{"bus_inbox", "bus_held", "orders", "order_payment", "orders", "order_timeline", "bus_outbox"},
			taken(facts(views, ordertest.Authorised)))
		require.Equal(t, []string{"bus_inbox", "bus_held", "order_shipment"},
			taken(facts(views, func(v core.View) shipping.Created { return ordertest.Everything(v, parcels[v.ID]) })))
		require.Equal(t, []string{"bus_inbox", "bus_held", "order_shipment"},
			taken(facts(views, func(v core.View) shipping.Packed {
				return shipping.Packed{ShipmentID: parcels[v.ID], OrderID: v.ID.UUID}
			})))
		require.Equal(t, []string{"bus_inbox", "bus_held", "orders", "order_payment"}, taken(facts(views, captured)))
		require.Equal(t, []string{"bus_inbox", "bus_held", "orders", "order_shipment", "order_shipment", "orders", "order_timeline", "bus_outbox"},
			taken(facts(views, func(v core.View) shipping.Delivered {
				return shipping.Delivered{ShipmentID: parcels[v.ID], OrderID: v.ID.UUID}
			})))
		for _, v := range views {
			require.Equal(t, []string{"order.placed", "order.confirmed", "order.delivered"}, shop.Stated(v.ID))
			require.Len(t, ordertest.Told[order.Confirmed](shop, v.ID).Lines, 2)
			require.Equal(t, "MUG", ordertest.Told[order.Confirmed](shop, v.ID).Lines[0].SKU)
		}
	})
}

func TestEachOrderOfASetAnswersTheEventThatChangedIt(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		shop := ordertest.Open(t, e.DB(t, "order"))
		causes := map[id.UUID]event.Envelope{}
		var set []event.Envelope
		for _, v := range shop.Many(20) {
			one := ordertest.Enveloped(ordertest.Authorised(v), shop.Clock.Now())
			one.TraceParent = "00-" + strings.ReplaceAll(one.ID.String(), "-", "") + "-0000000000000001-01"
			causes[v.ID.UUID], set = one, append(set, one)
		}
		require.NoError(t, shop.DeliverSet(set))
		pending, err := bus.Pending(t.Context(), shop.DB)
		require.NoError(t, err)
		require.Len(t, pending, 40)
		for _, e := range pending[20:] {
			require.Equal(t, "order.confirmed", e.Type.Name)
			cause := causes[e.Aggregate.ID]
			require.Equal(t, cause.ID, e.CausationID)
			require.Equal(t, cause.CorrelationID, e.CorrelationID)
			require.Equal(t, cause.TraceParent, e.TraceParent)
		}
	})
}

func TestASetWithAnUnknownOrderChangesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		shop := ordertest.Open(t, e.DB(t, "order"))
		views := shop.Many(3)
		stranger := views[0]
		stranger.ID = order.ID{UUID: id.New()}
		set := facts(append(views, stranger), ordertest.Authorised)
		require.ErrorIs(t, shop.HearSet(set...), order.ErrNotFound)
		for _, v := range views {
			require.Equal(t, v, shop.Look(v.ID))
		}
		require.NoError(t, shop.HearSet(set[:3]...))
		for _, v := range views {
			require.Equal(t, core.Confirmed, shop.Look(v.ID).Status)
		}
	})
}

func TestEveryRequestThatWaitsForAnOrderOfASetIsWoken(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		const waiting = 3
		var looks atomic.Int32
		allWait := make(chan struct{})
		db := e.With(sqldb.Options{Observe: func(s sqldb.Statement) {
			if strings.HasPrefix(s.Query, "SELECT status, attempt_state ") && looks.Add(1) == waiting {
				close(allWait)
			}
		}}).DB(t, "order")
		shop := ordertest.Open(t, db)
		shop.LookAgainAfter(time.Hour)
		views := shop.Many(waiting)
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		var all sync.WaitGroup
		answers, errs := make([]core.View, waiting), make([]error, waiting)
		for i, v := range views {
			all.Go(func() { answers[i], errs[i] = shop.Await(ctx, v.ID, time.Hour, nil) })
		}
		<-allWait
		require.NoError(t, shop.HearSet(facts(views, ordertest.Authorised)...))
		all.Wait()
		for i := range views {
			require.NoError(t, errs[i])
			require.Equal(t, core.Confirmed, answers[i].Status)
		}
	})
}
