package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
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
