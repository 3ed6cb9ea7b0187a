package core_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/money"
)

func won(amount int64) money.Money { return money.Money{Amount: amount, Currency: "KRW"} }

func TestMoneyConfirmsAnOrderOnlyIfItIsTheTotalAndTheOrderIsPending(t *testing.T) {
	t.Parallel()
	latest, other := id.New(), id.New()
	for name, c := range map[string]struct {
		status core.Status
		by     id.UUID
		amount money.Money
		want   core.Verdict
	}{
		"the total":                            {core.PendingPayment, latest, won(100), core.Confirms},
		"the total, of an earlier attempt":     {core.PendingPayment, other, won(100), core.Confirms},
		"less":                                 {core.PendingPayment, latest, won(99), core.Differs},
		"more":                                 {core.PendingPayment, latest, won(101), core.Differs},
		"another currency":                     {core.PendingPayment, latest, money.Money{Amount: 100, Currency: "EUR"}, core.Differs},
		"after the order was cancelled":        {core.Cancelled, latest, won(100), core.Late},
		"after the order expired":              {core.Expired, latest, won(100), core.Late},
		"captured after it was authorised":     {core.Confirmed, latest, won(100), core.Expected},
		"a second payment":                     {core.Confirmed, other, won(100), core.Second},
		"captured while it is being cancelled": {core.Cancelling, latest, won(100), core.Expected},
		"captured after it was delivered":      {core.Delivered, latest, won(100), core.Expected},
	} {
		o := core.Order{Status: c.status, Total: won(100), Attempt: core.Attempt{ID: latest}}
		require.Equal(t, c.want, o.Weigh(core.Payment{ID: c.by, Amount: c.amount}), name)
	}
}

func TestAnotherAttemptToPayNeedsAPendingOrderWhoseLastOneBroughtNothing(t *testing.T) {
	t.Parallel()
	deadline := time.Date(2026, 11, 20, 10, 15, 0, 0, time.UTC)
	before := deadline.Add(-time.Microsecond)
	for name, c := range map[string]struct {
		status core.Status
		last   core.AttemptState
		at     time.Time
		want   error
	}{
		"after a decline":          {core.PendingPayment, core.AttemptDeclined, before, nil},
		"after a void":             {core.PendingPayment, core.AttemptVoided, before, nil},
		"while one is in flight":   {core.PendingPayment, core.InFlight, before, order.ErrPaymentInFlight},
		"while money is set aside": {core.PendingPayment, core.AttemptDiffers, before, order.ErrNotPayable},
		"at the deadline":          {core.PendingPayment, core.AttemptDeclined, deadline, order.ErrNotPayable},
		"of a confirmed order":     {core.Confirmed, core.AttemptAuthorised, before, order.ErrNotPayable},
		"of a cancelled order":     {core.Cancelled, core.AttemptDeclined, before, order.ErrNotPayable},
	} {
		o := core.Order{Status: c.status, Deadline: deadline, Attempt: core.Attempt{State: c.last}}
		require.ErrorIs(t, o.PayAgain(c.at), c.want, name)
	}
}

func TestAnOrderIsOverdueOnlyWithoutAnAttemptInFlight(t *testing.T) {
	t.Parallel()
	deadline := time.Date(2026, 11, 20, 10, 15, 0, 0, time.UTC)
	o := core.Order{Status: core.PendingPayment, Deadline: deadline, Attempt: core.Attempt{State: core.AttemptDeclined}}
	require.True(t, o.Overdue(deadline))
	require.False(t, o.Overdue(deadline.Add(-time.Microsecond)))
	o.Attempt.State = core.InFlight
	require.False(t, o.Overdue(deadline.Add(time.Hour)))
	o.Attempt.State, o.Status = core.AttemptDeclined, core.Confirmed
	require.False(t, o.Overdue(deadline))
}

func TestPaymentStatusIsThatOfThePaymentThatCameFurthest(t *testing.T) {
	t.Parallel()
	latest := id.New()
	o := core.Order{Total: won(100), Attempt: core.Attempt{ID: latest, State: core.InFlight}}
	require.Equal(t, "pending", core.NewView(o, nil, nil).PaymentStatus())
	declined := core.Payment{ID: id.New(), State: core.PaymentDeclined}
	require.Equal(t, "pending", core.NewView(o, []core.Payment{declined}, nil).PaymentStatus())
	for state, want := range map[core.PaymentState]string{
		core.PaymentDeclined: "declined", core.PaymentVoided: "voided",
		core.PaymentAuthorised: "authorised", core.PaymentCaptured: "captured",
	} {
		v := core.NewView(o, []core.Payment{declined, {ID: latest, State: state}}, nil)
		require.Equal(t, want, v.PaymentStatus())
		require.Len(t, v.Payments, 2, "an attempt that was heard of is not shown as pending beside it")
	}
}
