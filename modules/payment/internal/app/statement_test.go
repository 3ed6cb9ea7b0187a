package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// An order's way through this module is paid for by every order: these numbers are part of the
// shop's budget of 36 statements.
func TestAnAuthorisationCostsFewStatements(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		var seen []string
		s := open(t, e.With(sqldb.Options{Observe: func(q sqldb.Statement) { seen = append(seen, q.Query) }}))
		s.place("tok_ok") // the first delivery looks up the consumer's number
		s.run()

		seen = nil
		_, paymentID := s.place("tok_ok")
		require.LessOrEqual(t, len(seen), 1+4, "consumer's number, then inbox, payment, ledger, task: %q", seen)

		seen = nil
		n, err := s.runner.RunDue(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, n)
		require.LessOrEqual(t, len(seen), 2+1+4, "lease: 2; read; payment, ledger, outbox, task: %q", seen)
		require.Equal(t, []told{{"payment.authorized", 1}}, s.published(paymentID))
	})
}

// A set costs as many statements as one order does.
func TestManyAuthorisationsCostTogetherNoMoreStatementsThanOne(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		var seen []string
		s := open(t, e.With(sqldb.Options{Observe: func(q sqldb.Statement) { seen = append(seen, q.Query) }}))
		s.place("tok_ok") // the first delivery looks up the consumer's number
		s.run()

		seen = nil
		orders, payments := s.placeSet(20)
		require.Len(t, seen, 1+2+3, "consumer's number, inbox and what is held, then payments, ledger, tasks: %q", seen)

		seen = nil
		n, err := s.runner.RunDue(t.Context())
		require.NoError(t, err)
		require.Equal(t, 20, n)
		require.Len(t, seen, 2+1+4, "lease: 2; read; payments, ledger, outbox, tasks: %q", seen)
		for _, paymentID := range payments {
			require.Equal(t, []told{{"payment.authorized", 1}}, s.published(paymentID))
		}

		shipped := make([]event.Envelope, len(orders))
		for i, orderID := range orders {
			shipped[i] = s.envelope(orderID, shippedFact(orderID))
		}
		seen = nil
		require.NoError(t, bus.DeliverSet(t.Context(), s.sub, shipped))
		require.Len(t, seen, 1+2+5, "consumer's number, inbox and what is held; payments and ledgers read; payments, ledger, tasks: %q", seen)
		seen = nil
		s.run()
		require.Len(t, seen, 2+1+4+1, "as above, and a look that finds nothing more: %q", seen)
		require.Equal(t, 20, s.line.tally().Captured)
	})
}
