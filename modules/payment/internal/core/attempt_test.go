package core_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/payment"
	"github.com/banyan-commerce/banyan/modules/payment/internal/core"
	"github.com/banyan-commerce/banyan/modules/payment/internal/provider"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/money"
)

func attempt(status core.Status, wish core.Wish) core.Attempt {
	return core.Attempt{
		ID: payment.ID{UUID: id.New()}, OrderID: id.New(), Version: 3, Status: status, Wish: wish,
		Method: "card", Token: "tok_ok", Amount: won(1000),
	}
}

func moment() time.Time { return time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC) }

func approved(amount money.Money) provider.Outcome {
	return provider.Outcome{Done: true, Reference: "ref", Amount: amount}
}

// want is what matters of a step.
type want struct {
	status core.Status // empty: nothing happens
	wish   core.Wish
	event  string
	call   core.Call
}

func summary(s core.Step) want {
	w := want{status: s.Next.Status, wish: s.Next.Wish, call: s.Call}
	if s.Event != nil {
		w.event = s.Event.EventType().Name
	}
	return w
}

func TestEachStateOfAnAttemptHasOneAnswerToEachFact(t *testing.T) {
	t.Parallel()
	declined := provider.Outcome{Code: "card_declined", Reason: "The card was declined."}
	facts := map[string]func(a core.Attempt) core.Step{
		"approved":     func(a core.Attempt) core.Step { return a.Answered(approved(won(1000)), id.New(), moment()) },
		"declined":     func(a core.Attempt) core.Step { return a.Answered(declined, id.New(), moment()) },
		"wrong amount": func(a core.Attempt) core.Step { return a.Answered(approved(won(999)), id.New(), moment()) },
		"aborted":      func(a core.Attempt) core.Step { return a.Aborted(moment()) },
		"ended":        func(a core.Attempt) core.Step { return a.OrderEnded(id.New(), moment()) },
		"shipped": func(a core.Attempt) core.Step {
			s, _ := a.Shipped(nil, id.New(), moment()) // its error has a test of its own
			return s
		},
		"void done":    func(a core.Attempt) core.Step { return a.VoidAnswered(id.New(), approved(won(1000)), moment()) },
		"capture done": func(a core.Attempt) core.Step { return a.CaptureAnswered(id.New(), approved(won(1000)), moment()) },
	}
	// What is not listed here does nothing.
	table := map[core.Status]map[core.Wish]map[string]want{
		core.Ready: {
			core.NoWish: {
				"approved":     {core.Authorised, core.NoWish, "payment.authorized", core.NoCall},
				"declined":     {core.Declined, core.NoWish, "payment.declined", core.NoCall},
				"wrong amount": {core.Declined, core.NoWish, "payment.declined", core.CallVoid},
				"ended":        {core.Ready, core.WishVoid, "", core.NoCall},
				"shipped":      {core.Ready, core.WishCapture, "", core.NoCall},
			},
			core.WishVoid: {
				"approved":     {core.Authorised, core.WishVoid, "", core.CallVoid},
				"declined":     {core.Voided, core.WishVoid, "payment.voided", core.NoCall},
				"wrong amount": {core.Declined, core.WishVoid, "payment.declined", core.CallVoid},
				"aborted":      {core.Voided, core.WishVoid, "payment.voided", core.NoCall},
			},
			core.WishCapture: {
				"approved":     {core.Authorised, core.WishCapture, "payment.authorized", core.CallCapture},
				"declined":     {core.Declined, core.WishCapture, "payment.declined", core.NoCall},
				"wrong amount": {core.Declined, core.WishCapture, "payment.declined", core.CallVoid},
				"ended":        {core.Ready, core.WishVoid, "", core.NoCall},
			},
		},
		core.Authorised: {
			core.NoWish: {
				"ended":        {core.Authorised, core.WishVoid, "", core.CallVoid},
				"shipped":      {core.Authorised, core.WishCapture, "", core.CallCapture},
				"void done":    {core.Voided, core.NoWish, "payment.voided", core.NoCall},
				"capture done": {core.Captured, core.NoWish, "payment.captured", core.NoCall},
			},
			core.WishVoid: {
				"void done":    {core.Voided, core.WishVoid, "payment.voided", core.NoCall},
				"capture done": {core.Captured, core.NoWish, "payment.captured", core.NoCall},
			},
			core.WishCapture: {
				"void done":    {core.Voided, core.WishCapture, "payment.voided", core.NoCall},
				"capture done": {core.Captured, core.NoWish, "payment.captured", core.NoCall},
			},
		},
		core.Declined: {
			core.NoWish:      {"void done": {core.Declined, core.NoWish, "", core.NoCall}},
			core.WishVoid:    {"void done": {core.Declined, core.WishVoid, "", core.NoCall}},
			core.WishCapture: {"void done": {core.Declined, core.WishCapture, "", core.NoCall}},
		},
		core.Captured: {}, core.Voided: {},
	}
	for status, wishes := range table {
		for _, wish := range []core.Wish{core.NoWish, core.WishVoid, core.WishCapture} {
			for name, tell := range facts {
				before := attempt(status, wish)
				step := tell(before)
				require.Equal(t, wishes[wish][name], summary(step), "%s, wishing %q, is told: %s", status, wish, name)
				if step.IsNone() {
					continue
				}
				if step.Event != nil {
					before.Version++
				}
				require.Equal(t, before.Version, step.Next.Version, "%s, %s: one version per event", status, name)
			}
		}
	}
}

func TestAParcelThatNobodyPaysForIsAnError(t *testing.T) {
	t.Parallel()
	for _, status := range []core.Status{core.Ready, core.Authorised, core.Captured, core.Declined, core.Voided} {
		for _, wish := range []core.Wish{core.NoWish, core.WishVoid, core.WishCapture} {
			_, err := attempt(status, wish).Shipped(nil, id.New(), moment())
			if status != core.Captured && (wish == core.WishVoid || status == core.Declined || status == core.Voided) {
				require.ErrorIs(t, err, core.ErrUnpaid, "%s, wishing %q", status, wish)
			} else {
				require.NoError(t, err, "%s, wishing %q", status, wish)
			}
		}
	}
}

func TestAnAttemptThatNobodyCanBeAskedAboutIsDeclinedAtOnce(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(a *core.Attempt)
		code   string
	}{
		"a method that is not offered": {func(a *core.Attempt) { a.Method = "barter" }, "unsupported_method"},
		"a method as long as a novel":  {func(a *core.Attempt) { a.Method = strings.Repeat("é", 500) }, "unsupported_method"},
		"a negative amount":            {func(a *core.Attempt) { a.Amount.Amount = -1 }, "invalid_amount"},
		"a currency that is none":      {func(a *core.Attempt) { a.Amount.Currency = "XXX" }, "invalid_amount"},
		"a currency too long to store": {func(a *core.Attempt) { a.Amount.Currency = "EURO" }, "invalid_amount"},
		"a token too long to store":    {func(a *core.Attempt) { a.Token = strings.Repeat("t", 256) }, "invalid_token"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := attempt("", core.NoWish)
			test.change(&a)
			step := core.Begin(a, moment())
			require.Equal(t, want{status: core.Declined, event: "payment.declined"}, summary(step))
			require.Equal(t, test.code, step.Next.Code)
			require.Empty(t, step.Next.Token)
			require.LessOrEqual(t, len([]rune(step.Next.Method)), 64)
			require.Len(t, step.Next.Amount.Currency, 3)
			require.EqualValues(t, 1, step.Next.Version)
			require.False(t, step.Next.Live())
		})
	}
}

func TestTheTokenIsForgottenOnceItHasServed(t *testing.T) {
	t.Parallel()
	begun := core.Begin(attempt("", core.NoWish), moment())
	require.Equal(t, "tok_ok", begun.Next.Token)
	ends := []core.Step{
		begun.Next.Answered(approved(won(1000)), id.New(), moment()),
		begun.Next.Answered(approved(won(1)), id.New(), moment()),
		begun.Next.Answered(provider.Outcome{Code: "no"}, id.New(), moment()),
		begun.Next.OrderEnded(id.New(), moment()).Next.Aborted(moment()),
	}
	for _, end := range ends {
		require.NotEmpty(t, end.Next.Status)
		require.Empty(t, end.Next.Token)
	}
}
