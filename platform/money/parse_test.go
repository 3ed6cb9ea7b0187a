package money_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/money"
)

func TestParseReadsAmountsExactly(t *testing.T) {
	t.Parallel()
	comma := money.Notation{Currency: "EUR", Decimal: ','}
	point := money.Notation{Currency: "EUR", Decimal: '.'}
	signed := money.Notation{Currency: "EUR", AllowNegative: true}
	cases := []struct {
		notation money.Notation
		text     string
		want     money.Money
	}{
		{money.Notation{Currency: "KRW"}, "379", krw(379)},
		{money.Notation{Currency: "KRW"}, "129,900", krw(129900)},
		{money.Notation{Currency: "KRW"}, "129900.00", krw(129900)},
		{money.Notation{Currency: "EUR"}, "379", eur(37900)},
		{money.Notation{Currency: "EUR"}, "1,299.00", eur(129900)},
		{money.Notation{Currency: "EUR"}, "1,234,567.8", eur(123456780)},
		{money.Notation{Currency: "EUR"}, " 85.14 ", eur(8514)},
		{money.Notation{Currency: "EUR"}, "0.500", eur(50)},
		{money.Notation{Currency: "EUR"}, "12.5000", eur(1250)},
		{money.Notation{Currency: "EUR"}, "007", eur(700)},
		{money.Notation{}, "89.0 EUR", eur(8900)},
		{money.Notation{}, "EUR 89", eur(8900)},
		{money.Notation{}, "EUR89", eur(8900)},
		{money.Notation{Currency: "EUR"}, "KRW 89", krw(89)},
		{money.Notation{Currency: "INR"}, "12,99,000.50", money.Money{Amount: 129900050, Currency: "INR"}},
		{money.Notation{Currency: "KWD"}, "1.299", money.Money{Amount: 1299, Currency: "KWD"}},
		{comma, "1.299,00", eur(129900)},
		{comma, "12,5 EUR", eur(1250)},
		{comma, "1.290", eur(129000)},
		{point, "1.290", eur(129)},
		{point, "1,290", eur(129000)},
		{money.Notation{Currency: "KWD", Decimal: '.'}, "1,299", money.Money{Amount: 1299000, Currency: "KWD"}},
		{signed, "-0.05", eur(-5)},
		{signed, "EUR -92233720368547758.08", eur(math.MinInt64)},
		{money.Notation{Currency: "EUR"}, "92233720368547758.07", eur(math.MaxInt64)},
	}
	for _, c := range cases {
		got, err := c.notation.Parse(c.text)
		require.NoError(t, err, c.text)
		require.Equal(t, c.want, got, c.text)
	}
}

func TestParseNeitherRoundsNorGuesses(t *testing.T) {
	t.Parallel()
	cases := map[error][]string{
		money.ErrSyntax: {
			"", " ", "-", ".", "5.", ".5", "+5", "1e3", "0x10", "1 299", "1_299", "--5", "- 5", "5-", "(5)",
			"1.299,00", "12,5", "1,29", "0,299", "1,2345", "1234,567", "1,23,45", ",299", "1,,299", "1,299,", "1.2.3",
			"$5", "€5", "٣", "NaN", "free", "EUR", "EUR EUR 5", "5 EUR EUR", strings.Repeat("1", 65),
		},
		money.ErrAmbiguous:       {"1.290", "129.000", "12.345", "1.000 KRW", "1,299 KWD"},
		money.ErrPrecision:       {"1.2345", "0.005", "1,299.005", "379.5 KRW", "0.0001 KWD"},
		money.ErrNegative:        {"-5", "-0.01", "EUR -5"},
		money.ErrOverflow:        {"92233720368547758.08", "9223372036854775808 KRW", "99999999999999999999999999"},
		money.ErrUnknownCurrency: {"5 eur", "5 XXX", "BTC 5", "Rs 379"},
	}
	for want, texts := range cases {
		for _, text := range texts {
			_, err := money.Parse(text, "EUR")
			require.ErrorIs(t, err, want, text)
		}
	}
	_, err := money.Parse("5", "")
	require.ErrorIs(t, err, money.ErrUnknownCurrency)
	_, err = money.Notation{Currency: "EUR", Decimal: '\''}.Parse("5")
	require.ErrorIs(t, err, money.ErrSyntax)
}

func TestParseReadsBackWhatStringWrites(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(4217, 2))
	currencies := []money.Currency{"KRW", "EUR", "INR", "KWD", "CLF"}
	for range 20_000 {
		want := money.Money{Amount: anyAmount(random), Currency: currencies[random.IntN(len(currencies))]}
		got, err := money.Notation{AllowNegative: true}.Parse(want.String())
		require.NoError(t, err, want)
		require.Equal(t, want, got)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"379", "1,299.00", "89.0 EUR", "EUR 89", "1.299,00", "-5", "12,99,000", "\xff", "1.290", "EUR"} {
		f.Add(seed, "EUR", byte(0), true)
		f.Add(seed, "KRW", byte(','), false)
	}
	known := []error{
		money.ErrSyntax, money.ErrAmbiguous, money.ErrPrecision, money.ErrNegative, money.ErrOverflow, money.ErrUnknownCurrency,
	}
	f.Fuzz(func(t *testing.T, text, currency string, decimal byte, negative bool) {
		notation := money.Notation{Currency: money.Currency(currency), Decimal: decimal, AllowNegative: negative}
		got, err := notation.Parse(text)
		if err != nil {
			require.Condition(t, func() bool { return isOneOf(err, known) }, "%v", err)
			return
		}
		require.NoError(t, got.Valid())
		require.True(t, negative || !got.IsNegative())
		again, err := money.Notation{AllowNegative: true}.Parse(got.String())
		require.NoError(t, err)
		require.Equal(t, got, again)
	})
}

func isOneOf(err error, known []error) bool {
	for _, sentinel := range known {
		if errors.Is(err, sentinel) {
			return true
		}
	}
	return false
}
