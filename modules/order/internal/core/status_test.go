package core_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/order/internal/core"
)

func TestAnOrderMovesOnlyAsTheTableSays(t *testing.T) {
	t.Parallel()
	statuses := []core.Status{
		core.None, core.PendingPayment, core.Confirmed, core.Cancelling, core.Cancelled, core.Expired, core.Delivered,
	}
	triggers := []core.Trigger{
		core.Placed, core.Paid, core.DeadlinePassed, core.CancelAsked, core.CancelGranted, core.CancelRefused,
		core.AllDelivered, core.StockLost,
	}
	type step struct {
		from core.Status
		on   core.Trigger
	}
	allowed := map[step]core.Status{
		{core.None, core.Placed}:                   core.PendingPayment,
		{core.PendingPayment, core.Paid}:           core.Confirmed,
		{core.PendingPayment, core.DeadlinePassed}: core.Expired,
		{core.PendingPayment, core.CancelAsked}:    core.Cancelled,
		{core.PendingPayment, core.StockLost}:      core.Cancelled,
		{core.Confirmed, core.CancelAsked}:         core.Cancelling,
		{core.Confirmed, core.StockLost}:           core.Cancelling,
		{core.Confirmed, core.AllDelivered}:        core.Delivered,
		{core.Cancelling, core.CancelGranted}:      core.Cancelled,
		{core.Cancelling, core.CancelRefused}:      core.Confirmed,
	}
	for _, from := range statuses {
		for _, on := range triggers {
			want, ok := allowed[step{from, on}]
			got, moved := from.Next(on)
			require.Equal(t, ok, moved, "%q on %q", from, on)
			if ok {
				require.Equal(t, want, got, "%q on %q", from, on)
			}
		}
	}
}
