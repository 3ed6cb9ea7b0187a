package app_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/payment"
	"github.com/banyan-commerce/banyan/modules/payment/internal/core"
	"github.com/banyan-commerce/banyan/modules/payment/internal/sandbox"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
)

func TestAPlacedOrderIsAuthorised(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		_, paymentID := s.place("tok_ok")
		require.Empty(t, s.published(paymentID))
		require.Equal(t, core.Ready, s.read(paymentID).Status)

		s.run()
		require.Equal(t, []told{{"payment.authorized", 1}}, s.published(paymentID))
		v := s.read(paymentID)
		require.Equal(t, core.Authorised, v.Status)
		require.Equal(t, price(), v.Totals.Authorised)
		require.Empty(t, v.Token)
		require.NotEmpty(t, v.Reference)
		require.Equal(t, 1, s.line.tally().Authorised)
		require.Equal(t, []string{paymentID.String()}, s.line.sent())
	})
}

func TestADeclinedAttemptSaysWhyAndLeavesRoomForAnother(t *testing.T) {
	t.Parallel()
	codes := map[string]string{
		"tok_declined": "card_declined", "tok_insufficient_funds": "insufficient_funds", "tok_of_a_stranger": "invalid_token",
	}
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		for token, code := range codes {
			orderID, paymentID := s.place(token)
			s.run()
			require.Equal(t, []told{{"payment.declined", 1}}, s.published(paymentID))
			v := s.read(paymentID)
			require.Equal(t, core.Declined, v.Status)
			require.Equal(t, code, v.Code)
			require.NotEmpty(t, v.Reason)
			require.Zero(t, v.Totals.Authorised.Amount)

			second := order.PaymentRequested{OrderID: orderID, Payment: wanted("tok_ok")}
			s.hear(orderID, second)
			s.run()
			require.Equal(t, []told{{"payment.authorized", 1}}, s.published(payment.ID{UUID: second.Payment.PaymentID}))
		}
	})
}

func TestAMethodThatIsNotOfferedIsDeclinedWithoutAskingTheProvider(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		orderID := order.ID{UUID: id.New()}
		fact := order.Placed{OrderID: orderID, Payment: wanted("tok_ok")}
		fact.Payment.Method = "barter"
		s.hear(orderID, fact)
		s.run()
		paymentID := payment.ID{UUID: fact.Payment.PaymentID}
		require.Equal(t, []told{{"payment.declined", 1}}, s.published(paymentID))
		require.Equal(t, "unsupported_method", s.read(paymentID).Code)
		require.Zero(t, s.line.count())
	})
}

func TestASecondAttemptBesideALiveOneChargesNobody(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		orderID, first := s.place("tok_ok")
		fact := order.PaymentRequested{OrderID: orderID, Payment: wanted("tok_ok")}
		s.hear(orderID, fact)
		s.run()
		second := payment.ID{UUID: fact.Payment.PaymentID}
		require.Equal(t, []told{{"payment.authorized", 1}}, s.published(first))
		require.Equal(t, []told{{"payment.declined", 1}}, s.published(second))
		require.Equal(t, "attempt_in_progress", s.read(second).Code)
		require.Equal(t, 1, s.line.tally().Authorised)
	})
}

// The task's row is all that a new process has to go by: without it the order would wait for ever.
func TestARecordedAttemptIsAuthorisedByTheNextProcess(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		_, paymentID := s.place("tok_ok")
		s.restart()
		s.run()
		require.Equal(t, []told{{"payment.authorized", 1}}, s.published(paymentID))
	})
}

func TestALostAnswerIsAskedForAndNotChargedAgain(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		_, paymentID := s.place("tok_ok")
		s.line.breaks(loseAnswers)
		s.run()
		require.Equal(t, 1, s.line.tally().Authorised, "the provider has acted")
		require.Empty(t, s.published(paymentID))
		require.Equal(t, core.Ready, s.read(paymentID).Status)

		s.line.breaks(nil)
		s.later()
		s.run()
		require.Equal(t, []told{{"payment.authorized", 1}}, s.published(paymentID))
		require.Equal(t, 1, s.line.tally().Authorised)
		require.Equal(t, http.MethodGet, s.line.lastCall(), "an unknown outcome is queried before it is repeated")
	})
}

// A kill between the provider's answer and its recording takes the sandbox's memory along.
func TestAKilledProcessRepeatsWithItsKeyAndHearsTheSame(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		_, paymentID := s.place("tok_ok")
		answers := make(chan string, 9)
		s.line.breaks(func(far http.Handler, _ http.ResponseWriter, r *http.Request) {
			w := httptest.NewRecorder()
			far.ServeHTTP(w, r)
			answers <- w.Body.String()
			panic(http.ErrAbortHandler)
		})
		s.run()
		s.restart()
		s.line.breaks(nil)
		s.later()
		s.run()
		require.Equal(t, []told{{"payment.authorized", 1}}, s.published(paymentID))
		require.Contains(t, <-answers, s.read(paymentID).Reference)
		for _, key := range s.line.sent() {
			require.Equal(t, paymentID.String(), key)
		}
		require.Equal(t, 1, s.line.tally().Authorised)
	})
}

func TestAProviderThatCannotBeReachedIsTriedUntilItAnswers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		_, paymentID := s.place("tok_ok")
		s.line.breaks(cut)
		for range 5 {
			s.run()
			s.later()
		}
		require.Empty(t, s.published(paymentID))
		s.line.breaks(nil)
		s.run()
		require.Equal(t, []told{{"payment.authorized", 1}}, s.published(paymentID))
		require.Equal(t, 1, s.line.tally().Authorised)
	})
}

func TestAnotherAmountThanAskedForIsDeclinedAndReleased(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		s.line.breaks(func(far http.Handler, w http.ResponseWriter, r *http.Request) {
			honest := httptest.NewRecorder()
			far.ServeHTTP(honest, r)
			_, err := w.Write([]byte(strings.ReplaceAll(honest.Body.String(), `"amount":75800`, `"amount":75801`)))
			require.NoError(t, err)
		})
		_, paymentID := s.place("tok_ok")
		s.run()
		require.Equal(t, []told{{"payment.declined", 1}}, s.published(paymentID))
		v := s.read(paymentID)
		require.Equal(t, "amount_mismatch", v.Code)
		require.Equal(t, v.Totals.Authorised, v.Totals.Voided)
		require.Equal(t, sandbox.Tally{Authorised: 1, Voided: 1}, s.line.tally())
	})
}

func TestDuplicatesOfEveryEventDoNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		twice := func(orderID order.ID, fact event.Event) {
			envelope := s.hear(orderID, fact)
			s.deliver(envelope)
			s.hear(orderID, fact) // as when an operator replays it
			s.run()
		}
		orderID := order.ID{UUID: id.New()}
		placed := order.Placed{OrderID: orderID, Payment: wanted("tok_declined")}
		twice(orderID, placed)
		requested := order.PaymentRequested{OrderID: orderID, Payment: wanted("tok_ok")}
		twice(orderID, requested)
		twice(orderID, shippedFact(orderID))
		twice(orderID, order.Cancelled{OrderID: orderID})
		require.Equal(t, []told{{"payment.declined", 1}}, s.published(payment.ID{UUID: placed.Payment.PaymentID}))
		require.Equal(t, []told{{"payment.authorized", 1}, {"payment.captured", 2}},
			s.published(payment.ID{UUID: requested.Payment.PaymentID}))

		other, voided := s.place("tok_ok")
		s.run()
		twice(other, order.Expired{OrderID: other})
		twice(other, order.Cancelled{OrderID: other})
		require.Equal(t, []told{{"payment.authorized", 1}, {"payment.voided", 2}}, s.published(voided))
		require.Equal(t, sandbox.Tally{Authorised: 2, Declined: 1, Captured: 1, Voided: 1}, s.line.tally())
	})
}

// slow is a sandbox whose tok_slow answers when the test says so.
func slow(s *shop) (asked <-chan struct{}, answer chan<- struct{}) {
	began, end := make(chan struct{}), make(chan struct{})
	s.line.to(sandbox.New(func(ctx context.Context) {
		began <- struct{}{}
		select {
		case <-end:
		case <-ctx.Done():
		}
	}))
	return began, end
}
