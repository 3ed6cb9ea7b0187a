package app_test

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/task"
)

func TestTheRecurringTasksEndHoldsThatNobodyClaimedAndForgetThem(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		s.sells(t, 5, "A")
		s.reserves(t, s.wantsNow("k", "A", "A"))
		runner := task.NewRunner(s.db, task.NewQueue(s.clock), s.clock, slog.New(slog.DiscardHandler), s.Tasks()...)

		s.pass(holdFor)
		n, err := runner.RunDue(t.Context())

		require.NoError(t, err)
		require.Equal(t, len(s.Tasks()), n)
		require.Zero(t, s.stock(t, "A").Held)
		s.sound(t)

		s.pass(month)
		_, err = runner.RunDue(t.Context())
		require.NoError(t, err)
		require.Zero(t, s.count(t, "hold"))
	})
}
