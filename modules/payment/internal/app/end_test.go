package app_test

import (
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/payment"
	"github.com/banyan-commerce/banyan/modules/payment/internal/core"
	"github.com/banyan-commerce/banyan/modules/payment/internal/provider"
	"github.com/banyan-commerce/banyan/modules/payment/internal/sandbox"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
)

// endings are the two facts that end an order.
func endings(orderID order.ID) []event.Event {
	return []event.Event{order.Cancelled{OrderID: orderID, Reason: "mistake"}, order.Expired{OrderID: orderID}}
}

func TestMoneySetAsideIsReleasedWhenTheOrderEnds(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		for i := range 2 {
			s := open(t, e)
			orderID, paymentID := s.place("tok_ok")
			s.run()
			s.hear(orderID, endings(orderID)[i])
			s.run()
			require.Equal(t, []told{{"payment.authorized", 1}, {"payment.voided", 2}}, s.published(paymentID))
			v := s.read(paymentID)
			require.Equal(t, core.Voided, v.Status)
			require.Equal(t, price(), v.Totals.Voided)
			require.Equal(t, sandbox.Tally{Authorised: 1, Voided: 1}, s.line.tally())
		}
	})
}

func TestAnOrderThatEndsBeforeTheProviderIsAskedCostsNoCall(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		orderID, paymentID := s.place("tok_ok")
		s.hear(orderID, order.Cancelled{OrderID: orderID})
		s.run()
		require.Equal(t, []told{{"payment.voided", 1}}, s.published(paymentID))
		require.Equal(t, core.Voided, s.read(paymentID).Status)
		require.Zero(t, s.line.count())
	})
}

func TestACancellationInFlightIsAppliedToTheResult(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		asked, answer := slow(s)
		orderID, paymentID := s.place("tok_slow")
		ran := inBackground(s.run)
		s.first(asked, ran)
		s.hear(orderID, order.Cancelled{OrderID: orderID})
		require.Equal(t, core.Ready, s.read(paymentID).Status, "nothing is decided while the provider works on it")
		answer <- struct{}{}
		<-ran
		require.Equal(t, []told{{"payment.voided", 1}}, s.published(paymentID), "an ended order is never told that it is paid")
		require.Equal(t, sandbox.Tally{Authorised: 1, Voided: 1}, s.line.tally())
	})
}

func TestADeclineInFlightEndsACancelledAttemptAsVoided(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		orderID, paymentID := s.place("tok_declined")
		asked, answer := make(chan struct{}), make(chan struct{})
		s.line.breaks(func(far http.Handler, w http.ResponseWriter, r *http.Request) {
			asked <- struct{}{}
			<-answer
			far.ServeHTTP(w, r)
		})
		ran := inBackground(s.run)
		s.first(asked, ran)
		s.hear(orderID, order.Expired{OrderID: orderID})
		close(answer)
		<-ran
		require.Equal(t, []told{{"payment.voided", 1}}, s.published(paymentID))
	})
}

func TestACancelledAttemptWithALostAnswerIsAskedForAndVoided(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		orderID, paymentID := s.place("tok_ok")
		s.line.breaks(loseAnswers)
		s.run()
		s.hear(orderID, order.Cancelled{OrderID: orderID})
		s.line.breaks(nil)
		s.later()
		s.run()
		require.Equal(t, []told{{"payment.voided", 1}}, s.published(paymentID))
		require.Equal(t, sandbox.Tally{Authorised: 1, Voided: 1}, s.line.tally())
		require.Equal(t, price(), s.read(paymentID).Totals.Voided)
	})
}

func TestACancelledAttemptThatNeverArrivedIsClosedAtTheProvider(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		orderID, paymentID := s.place("tok_ok")
		s.line.breaks(cut)
		s.run()
		s.hear(orderID, order.Cancelled{OrderID: orderID})
		s.line.breaks(nil)
		s.later()
		s.run()
		require.Equal(t, []told{{"payment.voided", 1}}, s.published(paymentID))
		require.Equal(t, sandbox.Tally{}, s.line.tally())

		late, err := s.client.Authorise(t.Context(), provider.Authorisation{Key: paymentID.UUID, Token: "tok_ok", Amount: price()})
		require.NoError(t, err)
		require.False(t, late.Done, "a request that was still on its way comes too late")
	})
}

// The provider then tells the next process of our own closing as if it had declined.
func TestACrashAfterClosingACancelledAttemptEndsItAsVoided(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		orderID, paymentID := s.place("tok_ok")
		s.line.breaks(cut)
		s.run()
		s.hear(orderID, order.Cancelled{OrderID: orderID})
		var closings atomic.Int32 // counted by the server's goroutine
		s.line.breaks(func(far http.Handler, w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				far.ServeHTTP(w, r)
				return
			}
			closings.Add(1)
			loseAnswers(far, w, r)
		})
		s.later()
		s.run()
		require.Positive(t, closings.Load())
		require.Empty(t, s.published(paymentID))
		s.line.breaks(nil)
		s.later()
		s.run()
		require.Equal(t, []told{{"payment.voided", 1}}, s.published(paymentID))
		v := s.read(paymentID)
		require.Equal(t, core.Voided, v.Status)
		require.Empty(t, v.Code)
		require.Equal(t, sandbox.Tally{}, s.line.tally())
	})
}

func TestAParcelThatIsShippedIsPaid(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		orderID, paymentID := s.place("tok_ok")
		s.run()
		s.hear(orderID, shippedFact(orderID))
		s.run()
		require.Equal(t, []told{{"payment.authorized", 1}, {"payment.captured", 2}}, s.published(paymentID))
		v := s.read(paymentID)
		require.Equal(t, core.Captured, v.Status)
		require.Equal(t, price(), v.Totals.Captured)
		require.Len(t, v.Ledger, 4)
		require.Equal(t, 1, s.line.tally().Captured)
	})
}

func TestAParcelShippedBeforeTheAnswerIsPaidWithIt(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		orderID, paymentID := s.place("tok_ok")
		s.hear(orderID, shippedFact(orderID))
		s.run()
		require.Equal(t, []told{{"payment.authorized", 1}, {"payment.captured", 2}}, s.published(paymentID))
	})
}

func TestACaptureThatFailsIsRepeatedWithTheSameKey(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		orderID, paymentID := s.place("tok_ok")
		s.run()
		s.hear(orderID, shippedFact(orderID))
		first := s.line.count()
		faults := []func(http.Handler, http.ResponseWriter, *http.Request){
			cut, loseAnswers,
			func(_ http.Handler, w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusInternalServerError)
			},
			nil,
		}
		for _, fault := range faults {
			require.Equal(t, []told{{"payment.authorized", 1}}, s.published(paymentID))
			s.line.breaks(fault)
			s.run()
			s.later()
		}
		require.Equal(t, []told{{"payment.authorized", 1}, {"payment.captured", 2}}, s.published(paymentID))
		require.Equal(t, 1, s.line.tally().Captured)
		for _, key := range s.line.sent()[first:] {
			require.Equal(t, s.line.sent()[first], key)
		}
	})
}

func TestACaptureAndAVoidStillWorkAfterTheSandboxForgot(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		taken, captured := s.place("tok_ok")
		given, voided := s.place("tok_ok")
		s.run()
		s.restart()
		s.hear(taken, shippedFact(taken))
		s.hear(given, order.Cancelled{OrderID: given})
		s.run()
		require.Equal(t, price(), s.read(captured).Totals.Captured)
		require.Equal(t, price(), s.read(voided).Totals.Voided)
	})
}

func TestAParcelThatNobodyPaysForParksItsEvent(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		unknown := order.ID{UUID: id.New()}
		declined, _ := s.place("tok_declined")
		voided, _ := s.place("tok_ok")
		s.run()
		voiding, _ := s.place("tok_ok")
		s.hear(voided, order.Cancelled{OrderID: voided})
		s.run()
		s.hear(voiding, order.Cancelled{OrderID: voiding})
		for name, orderID := range map[string]order.ID{
			"unknown": unknown, "declined": declined, "voided": voided, "voiding": voiding,
		} {
			fact := shippedFact(orderID)
			err := bus.Deliver(t.Context(), s.sub, s.envelope(orderID, fact))
			require.ErrorIs(t, err, core.ErrUnpaid, name)
			require.ErrorContains(t, err, orderID.String(), name)
			require.ErrorContains(t, err, fact.ShipmentID.String(), name)
		}
	})
}

func TestTheEndOfAnOrderThatNobodyPaysDoesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		orderID := order.ID{UUID: id.New()}
		s.hear(orderID, order.Cancelled{OrderID: orderID})
		s.run()
		require.Empty(t, s.published(payment.ID{UUID: orderID.UUID}))
		require.Zero(t, s.line.count())
	})
}

// Whichever comes first, the answer or the end of the order: the money is released, and neither waits
// for a second try.
func TestAnAnswerRacesACancellationAndNeitherIsLost(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		for range 25 {
			orderID, paymentID := s.place("tok_ok")
			answered := make(chan struct{})
			s.line.breaks(func(far http.Handler, w http.ResponseWriter, r *http.Request) {
				far.ServeHTTP(w, r)
				close(answered)
			})
			ran := inBackground(func() { _, _ = s.runner.RunDue(t.Context()) })
			s.first(answered, ran)
			s.hear(orderID, order.Cancelled{OrderID: orderID})
			<-ran
			s.line.breaks(nil)
			s.run()
			require.Equal(t, core.Voided, s.read(paymentID).Status)
			events := s.published(paymentID)
			require.Equal(t, "payment.voided", events[len(events)-1].Name)
		}
		require.Equal(t, sandbox.Tally{Authorised: 25, Voided: 25}, s.line.tally())
	})
}
