package core_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/payment/internal/core"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/money"
)

func won(amount int64) money.Money { return money.Money{Amount: amount, Currency: "KRW"} }

func TestTotalsCountSuccessesOnce(t *testing.T) {
	t.Parallel()
	auth, charge, refund := id.New(), id.New(), id.New()
	full := core.Ledger{
		{Operation: auth, Kind: core.Authorisation, Result: core.Requested, Amount: won(1000)},
		{Operation: auth, Kind: core.Authorisation, Result: core.Succeeded, Amount: won(1000)},
		{Operation: charge, Kind: core.Charge, Result: core.Requested, Amount: won(1000)},
		{Operation: charge, Kind: core.Charge, Result: core.Succeeded, Amount: won(1000)},
		{Operation: refund, Kind: core.Refund, Result: core.Requested, Amount: won(300)},
	}
	tests := map[string]struct {
		ledger core.Ledger
		want   func(*core.Totals)
	}{
		"nothing yet":                   {nil, func(*core.Totals) {}},
		"a request is no authorisation": {full[:1], func(*core.Totals) {}},
		"authorised":                    {full[:2], func(w *core.Totals) { w.Authorised = won(1000) }},
		"charging":                      {full[:3], func(w *core.Totals) { w.Authorised, w.Charging = won(1000), won(1000) }},
		"captured":                      {full[:4], func(w *core.Totals) { w.Authorised, w.Captured = won(1000), won(1000) }},
		"a failed refund is none": {
			append(full[:5:5], core.Entry{Operation: refund, Kind: core.Refund, Result: core.Failed, Amount: won(300)}),
			func(w *core.Totals) { w.Authorised, w.Captured = won(1000), won(1000) },
		},
		"a success counts after a failure": {
			core.Ledger{
				{Operation: charge, Kind: core.Charge, Result: core.Failed, Amount: won(7)},
				{Operation: charge, Kind: core.Charge, Result: core.Succeeded, Amount: won(7)},
			},
			func(w *core.Totals) { w.Captured = won(7) },
		},
		"another currency is left out": {
			core.Ledger{{Operation: auth, Kind: core.Authorisation, Result: core.Succeeded, Amount: money.Money{Amount: 5, Currency: "EUR"}}},
			func(*core.Totals) {},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, err := core.Ledger(nil).Totals("KRW")
			require.NoError(t, err)
			test.want(&want)
			got, err := test.ledger.Totals("KRW")
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
}

func TestTheLedgerRefusesWhatWouldBreakIt(t *testing.T) {
	t.Parallel()
	first, second, void := id.New(), id.New(), id.New()
	requested := core.Entry{Operation: first, Kind: core.Charge, Result: core.Requested, Amount: won(600)}
	captured := core.Entry{Operation: first, Kind: core.Charge, Result: core.Succeeded, Amount: won(600)}
	tests := map[string]struct {
		ledger core.Ledger
		entry  core.Entry
		want   error
	}{
		"a charge within the amount":         {nil, core.Entry{Operation: first, Kind: core.Charge, Result: core.Requested, Amount: won(1000)}, nil},
		"a charge beyond the amount":         {nil, core.Entry{Operation: first, Kind: core.Charge, Result: core.Requested, Amount: won(1001)}, core.ErrOvercharged},
		"a second charge beside an open one": {core.Ledger{requested}, core.Entry{Operation: second, Kind: core.Charge, Result: core.Requested, Amount: won(401)}, core.ErrOvercharged},
		"a negative charge":                  {nil, core.Entry{Operation: first, Kind: core.Charge, Result: core.Requested, Amount: won(-1)}, core.ErrOvercharged},
		"a charge nobody asked for":          {nil, captured, core.ErrUnrequested},
		"the same entry twice":               {core.Ledger{requested, captured}, captured, nil},
		"a refund of what was taken":         {core.Ledger{requested, captured}, core.Entry{Operation: second, Kind: core.Refund, Result: core.Requested, Amount: won(600)}, nil},
		"a refund of more":                   {core.Ledger{requested, captured}, core.Entry{Operation: second, Kind: core.Refund, Result: core.Requested, Amount: won(601)}, core.ErrOverrefund},
		"a refund before the charge":         {core.Ledger{requested}, core.Entry{Operation: second, Kind: core.Refund, Result: core.Requested, Amount: won(1)}, core.ErrOverrefund},
		"a void of what is being taken":      {core.Ledger{requested}, core.Entry{Operation: void, Kind: core.Void, Result: core.Requested, Amount: won(1000)}, core.ErrVoidTaken},
		"a void of what is only set aside":   {nil, core.Entry{Operation: void, Kind: core.Void, Result: core.Requested, Amount: won(1000)}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.ErrorIs(t, test.ledger.Admit(won(1000), test.entry), test.want)
		})
	}
}

// Whatever is tried, in whatever order it is told and however often: refunded <= captured <= amount.
func TestALedgerNeverTakesTooMuchNorGivesBackMoreThanItTook(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 2))
		amount := won(random.Int64N(1000))
		ledger := grow(random, amount)
		want, err := ledger.Totals("KRW")
		require.NoError(t, err)
		require.LessOrEqual(t, want.Refunded.Amount+want.Refunding.Amount, want.Captured.Amount, "seed %d", seed)
		require.LessOrEqual(t, want.Captured.Amount+want.Charging.Amount, amount.Amount, "seed %d", seed)

		again := append(append(core.Ledger(nil), ledger...), ledger...)
		random.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
		got, err := again.Totals("KRW")
		require.NoError(t, err)
		require.Equal(t, want, got, "seed %d", seed)
	}
}

// grow tries 40 random entries and keeps those that the ledger admits.
func grow(random *rand.Rand, amount money.Money) core.Ledger {
	kinds := []core.Kind{core.Charge, core.Charge, core.Refund, core.Void}
	results := []core.Result{core.Requested, core.Requested, core.Succeeded, core.Failed}
	operations := make([]core.Entry, 8)
	for i := range operations {
		operations[i] = core.Entry{
			Operation: id.New(), Kind: kinds[random.IntN(len(kinds))], Amount: won(random.Int64N(amount.Amount/2 + 2)),
		}
	}
	var ledger core.Ledger
	for range 40 {
		e := operations[random.IntN(len(operations))]
		e.Result = results[random.IntN(len(results))]
		if ledger.Admit(amount, e) == nil {
			ledger = append(ledger, e)
		}
	}
	return ledger
}
