package app_test

import (
	"context"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/payment"
	"github.com/banyan-commerce/banyan/modules/payment/internal/core"
	"github.com/banyan-commerce/banyan/modules/payment/internal/sandbox"
	"github.com/banyan-commerce/banyan/platform/audit"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/task"
)

func (s *shop) count(query string) int {
	s.t.Helper()
	var n int
	require.NoError(s.t, s.db.Get(s.t.Context(), &n, query))
	return n
}

// placeSet delivers order.placed of many orders at once.
func (s *shop) placeSet(n int) (orders []order.ID, payments []payment.ID) {
	s.t.Helper()
	set := make([]event.Envelope, n)
	for i := range set {
		orderID, attempt := order.ID{UUID: id.New()}, wanted("tok_ok")
		set[i] = s.envelope(orderID, order.Placed{OrderID: orderID, Payment: attempt})
		orders, payments = append(orders, orderID), append(payments, payment.ID{UUID: attempt.PaymentID})
	}
	require.NoError(s.t, bus.DeliverSet(s.t.Context(), s.sub, set))
	return orders, payments
}

func TestARefusalOfASetNamesTheFactThatItAnswers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		causes := map[id.UUID]event.Envelope{}
		var set []event.Envelope
		for range 3 {
			orderID, attempt := order.ID{UUID: id.New()}, wanted("tok_ok")
			attempt.Method = "barter"
			placed := s.envelope(orderID, order.Placed{OrderID: orderID, Payment: attempt})
			placed.CorrelationID = id.New()
			set = append(set, placed)
			causes[attempt.PaymentID] = placed
		}
		require.NoError(t, bus.DeliverSet(t.Context(), s.sub, set))
		answers, err := bus.Pending(t.Context(), s.db)
		require.NoError(t, err)
		require.Len(t, answers, 3)
		for _, answer := range answers {
			require.Equal(t, causes[answer.Aggregate.ID].ID, answer.CausationID)
			require.Equal(t, causes[answer.Aggregate.ID].CorrelationID, answer.CorrelationID)
		}
	})
}

func TestAnAnswerWhoseLeaseIsLostIsNotRecordedAndItsNeighboursAre(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		_, payments := s.placeSet(5)
		victim := payments[2]
		s.line.breaks(func(far http.Handler, w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Idempotency-Key") == victim.String() {
				s.exec("UPDATE bus_task SET lease = ?, leased_until = leased_until + 60000000 WHERE task_key = ?",
					[]byte("0123456789abcdef"), victim.String())
			}
			far.ServeHTTP(w, r)
		})
		s.run()
		for _, paymentID := range payments {
			want := []told{{"payment.authorized", 1}}
			if paymentID == victim {
				want = []told{}
			}
			require.Equal(t, want, s.published(paymentID))
		}
		s.line.breaks(nil)
		s.exec("UPDATE bus_task SET leased_until = 0") // whoever had it has died
		s.run()
		require.Equal(t, []told{{"payment.authorized", 1}}, s.published(victim))
		require.Equal(t, http.MethodGet, s.line.lastCall())
		require.Equal(t, sandbox.Tally{Authorised: 5}, s.line.tally())
	})
}

func (s *shop) exec(query string, args ...any) {
	s.t.Helper()
	if err := sqldb.InTx(s.t.Context(), s.db, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(s.t.Context(), query, args...)
		return err
	}); err != nil {
		s.t.Error(err)
	}
}

func TestInstancesShareTheCallsAndEachPaymentIsAskedForOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		const total = 120
		s := open(t, e.With(sqldb.Options{}))
		_, payments := s.placeSet(total)
		for range 2 {
			queue := task.NewQueue(s.now)
			r := task.NewRunner(s.db, queue, s.now, slog.New(slog.DiscardHandler), s.app.Tasks()...)
			require.NoError(t, r.Start(t.Context()))
			t.Cleanup(func() { require.NoError(t, r.Stop(context.WithoutCancel(t.Context()))) })
		}
		require.Eventually(t, func() bool { return s.count("SELECT COUNT(*) FROM bus_task") == 0 }, time.Minute, 5*time.Millisecond)
		for _, paymentID := range payments {
			require.Equal(t, []told{{"payment.authorized", 1}}, s.published(paymentID))
		}
		require.Equal(t, sandbox.Tally{Authorised: total}, s.line.tally())
		require.Equal(t, total, s.line.count())
	})
}

// An operator who makes a cancelled call due again can't make it forget that it may have been made.
func TestARetriedCallAsksFirstWhatBecameOfIt(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		orderID, paymentID := s.place("tok_ok")
		s.line.breaks(loseAnswers)
		s.run()
		s.line.breaks(nil)
		tasks, err := task.List(t.Context(), s.db, task.Filter{Limit: 9})
		require.NoError(t, err)
		by := audit.By{Actor: "kim", At: s.now(), Reason: "to look at it"}
		require.NoError(t, task.Cancel(t.Context(), s.db, tasks[0].ID, by))
		s.hear(orderID, order.Cancelled{OrderID: orderID})
		require.NoError(t, task.Retry(t.Context(), s.db, tasks[0].ID, by))
		s.run()
		require.Equal(t, []told{{"payment.voided", 1}}, s.published(paymentID))
		require.Equal(t, core.Voided, s.read(paymentID).Status)
		require.Equal(t, sandbox.Tally{Authorised: 1, Voided: 1}, s.line.tally())
	})
}
