package money_test

import (
	"encoding/json"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/money"
)

func eur(amount int64) money.Money { return money.Money{Amount: amount, Currency: "EUR"} }
func krw(amount int64) money.Money { return money.Money{Amount: amount, Currency: "KRW"} }

func TestArithmeticRefusesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	const most, least = math.MaxInt64, math.MinInt64
	cases := map[string]struct {
		got  func() (money.Money, error)
		want money.Money
		err  error
	}{
		"adds":                            {func() (money.Money, error) { return eur(1250).Add(eur(-50)) }, eur(1200), nil},
		"adds up to the last unit":        {func() (money.Money, error) { return eur(most - 1).Add(eur(1)) }, eur(most), nil},
		"adds past the last unit":         {func() (money.Money, error) { return eur(most).Add(eur(1)) }, money.Money{}, money.ErrOverflow},
		"adds below the first unit":       {func() (money.Money, error) { return eur(least).Add(eur(-1)) }, money.Money{}, money.ErrOverflow},
		"adds zero to the extremes":       {func() (money.Money, error) { return eur(least).Add(eur(0)) }, eur(least), nil},
		"adds won to euros":               {func() (money.Money, error) { return eur(1).Add(krw(1)) }, money.Money{}, money.ErrCurrencyMismatch},
		"adds nothing in won to euros":    {func() (money.Money, error) { return eur(1).Add(krw(0)) }, money.Money{}, money.ErrCurrencyMismatch},
		"subtracts":                       {func() (money.Money, error) { return krw(100).Sub(krw(130)) }, krw(-30), nil},
		"subtracts the smallest amount":   {func() (money.Money, error) { return krw(0).Sub(krw(least)) }, money.Money{}, money.ErrOverflow},
		"subtracts it from a negative":    {func() (money.Money, error) { return krw(-1).Sub(krw(least)) }, krw(most), nil},
		"subtracts below the first unit":  {func() (money.Money, error) { return krw(least).Sub(krw(1)) }, money.Money{}, money.ErrOverflow},
		"subtracts euros from won":        {func() (money.Money, error) { return krw(1).Sub(eur(1)) }, money.Money{}, money.ErrCurrencyMismatch},
		"multiplies":                      {func() (money.Money, error) { return eur(1999).Mul(3) }, eur(5997), nil},
		"multiplies by nothing":           {func() (money.Money, error) { return eur(least).Mul(0) }, eur(0), nil},
		"multiplies two negatives":        {func() (money.Money, error) { return eur(-2).Mul(-3) }, eur(6), nil},
		"multiplies to the smallest":      {func() (money.Money, error) { return eur(least / 2).Mul(2) }, eur(least), nil},
		"negates the smallest":            {func() (money.Money, error) { return eur(least).Mul(-1) }, money.Money{}, money.ErrOverflow},
		"multiplies past 64 bits":         {func() (money.Money, error) { return eur(1 << 33).Mul(1 << 33) }, money.Money{}, money.ErrOverflow},
		"multiplies just past the range":  {func() (money.Money, error) { return eur(most/2 + 1).Mul(2) }, money.Money{}, money.ErrOverflow},
		"sums":                            {func() (money.Money, error) { return money.Sum("EUR", eur(1), eur(2), eur(-4)) }, eur(-1), nil},
		"sums nothing":                    {func() (money.Money, error) { return money.Sum("KRW") }, krw(0), nil},
		"sums a stranger":                 {func() (money.Money, error) { return money.Sum("KRW", krw(1), eur(1)) }, money.Money{}, money.ErrCurrencyMismatch},
		"sums past the range":             {func() (money.Money, error) { return money.Sum("KRW", krw(most), krw(most)) }, money.Money{}, money.ErrOverflow},
		"sums a value without a currency": {func() (money.Money, error) { return money.Sum("KRW", money.Money{}) }, money.Money{}, money.ErrCurrencyMismatch},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := c.got()
			require.ErrorIs(t, err, c.err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestArithmeticAgreesWithBigIntegers(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(4217, 1))
	for range 20_000 {
		a, b := anyAmount(random), anyAmount(random)
		x, y := big.NewInt(a), big.NewInt(b)
		sum, err := eur(a).Add(eur(b))
		agrees(t, new(big.Int).Add(x, y), sum, err)
		difference, err := eur(a).Sub(eur(b))
		agrees(t, new(big.Int).Sub(x, y), difference, err)
		product, err := eur(a).Mul(b)
		agrees(t, new(big.Int).Mul(x, y), product, err)
	}
}

func agrees(t *testing.T, want *big.Int, got money.Money, err error) {
	t.Helper()
	if want.IsInt64() {
		require.NoError(t, err)
		require.Equal(t, eur(want.Int64()), got)
		return
	}
	require.ErrorIs(t, err, money.ErrOverflow)
}

// anyAmount draws every magnitude alike, and the edges often.
func anyAmount(random *rand.Rand) int64 {
	edges := []int64{0, 1, -1, math.MaxInt64, math.MinInt64, math.MaxInt64 - 1, math.MinInt64 + 1}
	if random.IntN(8) == 0 {
		return edges[random.IntN(len(edges))]
	}
	return int64(random.Uint64()) >> random.IntN(64)
}

func TestSignChecksKnowNoCurrency(t *testing.T) {
	t.Parallel()
	require.True(t, krw(0).IsZero())
	require.False(t, krw(-1).IsZero())
	require.True(t, krw(-1).IsNegative())
	require.False(t, krw(0).IsNegative())
}

func TestOnlyISOCodesAreValid(t *testing.T) {
	t.Parallel()
	require.NoError(t, eur(-1).Valid())
	for _, code := range []money.Currency{"", "eur", "EU", "EURO", "XXX", "XTS", "XAU", "BGN", "HRK", "ANG", "ZWL", "€"} {
		require.ErrorIs(t, money.Money{Amount: 1, Currency: code}.Valid(), money.ErrUnknownCurrency, code)
	}
}

func TestExponentsAreThoseOfISO4217(t *testing.T) {
	t.Parallel()
	for code, want := range map[money.Currency]int{
		"KRW": 0, "JPY": 0, "VND": 0, "ISK": 0, "UYI": 0, "XOF": 0,
		"EUR": 2, "USD": 2, "INR": 2, "HUF": 2, "TWD": 2, "MGA": 2, "MRU": 2, "XCG": 2,
		"KWD": 3, "BHD": 3, "TND": 3, "CLF": 4, "UYW": 4,
	} {
		got, err := money.Exponent(code)
		require.NoError(t, err, code)
		require.Equal(t, want, got, code)
	}
}

func TestStringPutsThePointWhereTheCurrencyHasIt(t *testing.T) {
	t.Parallel()
	for want, m := range map[string]money.Money{
		"KRW 129900":                krw(129900),
		"KRW 0":                     krw(0),
		"EUR 12.50":                 eur(1250),
		"EUR 0.05":                  eur(5),
		"EUR -0.05":                 eur(-5),
		"EUR -92233720368547758.08": eur(math.MinInt64),
		"KWD 1.299":                 {Amount: 1299, Currency: "KWD"},
		"CLF 0.0001":                {Amount: 1, Currency: "CLF"},
		`"eur" 1250 minor units`:    {Amount: 1250, Currency: "eur"},
	} {
		require.Equal(t, want, m.String())
	}
}

func TestJSONIsAnAmountAndACode(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(krw(129900))
	require.NoError(t, err)
	require.JSONEq(t, `{"amount": 129900, "currency": "KRW"}`, string(text))
	var back money.Money
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, krw(129900), back)
	require.Error(t, json.Unmarshal([]byte(`{"amount": 12.5, "currency": "EUR"}`), &back))
}
