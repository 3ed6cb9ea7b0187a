// Package money counts in integer minor units, so that no sum ever depends on
// how a machine rounds. It exists because a price, a capture and a refund that
// differ by one unit are a bug that a customer sees.
//
// What always holds: an amount is an int64 in the minor unit of its currency
// (ISO 4217), no floating-point number appears, an overflow and two unequal
// currencies are errors, and an allocation loses no unit.
//
// The package imports the standard library alone: contracts of modules use it.
// Its errors are plain sentinels; who answers a client says which fault it is.
package money

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strconv"
)

var (
	// ErrOverflow says that a result doesn't fit 64 bits of minor units.
	ErrOverflow = errors.New("amount out of range")
	// ErrCurrencyMismatch says that two amounts are of different currencies.
	ErrCurrencyMismatch = errors.New("currencies differ")
	// ErrUnknownCurrency says that a code is no active ISO 4217 currency.
	ErrUnknownCurrency = errors.New("unknown currency")
)

// Money is an amount of one currency, in its minor unit: {129900, KRW} is
// 129,900 won and {1250, EUR} is 12.50 euros. Two values are the same money
// exactly when they are equal by ==.
type Money struct {
	Amount   int64    `json:"amount"`
	Currency Currency `json:"currency"`
}

// Valid answers ErrUnknownCurrency unless the currency is known. Every amount,
// negative ones too, is valid: a ledger holds both signs.
func (m Money) Valid() error {
	return m.Currency.Valid()
}

// IsZero reports whether no unit is left, in whatever currency.
func (m Money) IsZero() bool { return m.Amount == 0 }

// IsNegative reports whether the amount is below zero.
func (m Money) IsNegative() bool { return m.Amount < 0 }

// Add answers m + n; ErrCurrencyMismatch, ErrOverflow.
func (m Money) Add(n Money) (Money, error) {
	if m.Currency != n.Currency {
		return Money{}, mismatch(m.Currency, n.Currency)
	}
	sum := m.Amount + n.Amount
	if (sum > m.Amount) != (n.Amount > 0) {
		return Money{}, fmt.Errorf("add %s to %s: %w", n, m, ErrOverflow)
	}
	return Money{Amount: sum, Currency: m.Currency}, nil
}

// Sub answers m - n; ErrCurrencyMismatch, ErrOverflow.
func (m Money) Sub(n Money) (Money, error) {
	if m.Currency != n.Currency {
		return Money{}, mismatch(m.Currency, n.Currency)
	}
	difference := m.Amount - n.Amount
	if (difference < m.Amount) != (n.Amount > 0) {
		return Money{}, fmt.Errorf("subtract %s from %s: %w", n, m, ErrOverflow)
	}
	return Money{Amount: difference, Currency: m.Currency}, nil
}

// Mul answers the price of quantity pieces; ErrOverflow.
func (m Money) Mul(quantity int64) (Money, error) {
	high, low := bits.Mul64(magnitude(m.Amount), magnitude(quantity))
	product, ok := signed(low, (m.Amount < 0) != (quantity < 0))
	if high != 0 || !ok {
		return Money{}, fmt.Errorf("multiply %s by %d: %w", m, quantity, ErrOverflow)
	}
	return Money{Amount: product, Currency: m.Currency}, nil
}

// Sum adds amounts that are all of the given currency, which it also answers
// for no amounts at all; ErrCurrencyMismatch, ErrOverflow.
func Sum(currency Currency, amounts ...Money) (Money, error) {
	total := Money{Currency: currency}
	for _, amount := range amounts {
		var err error
		if total, err = total.Add(amount); err != nil {
			return Money{}, err
		}
	}
	return total, nil
}

// String writes the code and the decimal amount, "KRW 129900" or "EUR 12.50",
// which Parse reads back. Of an unknown currency the minor units are shown and
// said to be so, because nobody knows where the point goes.
func (m Money) String() string {
	exponent, err := Exponent(m.Currency)
	if err != nil {
		return fmt.Sprintf("%q %d minor units", string(m.Currency), m.Amount)
	}
	digits := fmt.Sprintf("%0*d", exponent+1, magnitude(m.Amount))
	if exponent > 0 {
		point := len(digits) - exponent
		digits = digits[:point] + "." + digits[point:]
	}
	if m.Amount < 0 {
		digits = "-" + digits
	}
	return string(m.Currency) + " " + digits
}

func mismatch(a, b Currency) error {
	return fmt.Errorf("%w: %s and %s", ErrCurrencyMismatch, strconv.Quote(string(a)), strconv.Quote(string(b)))
}

// magnitude answers |amount|; of the smallest int64 too, which has no positive twin.
func magnitude(amount int64) uint64 {
	if amount < 0 {
		return -uint64(amount) //nolint:gosec // G115: two's complement is what is meant
	}
	return uint64(amount)
}

// signed gives a magnitude its sign and reports whether it fits.
func signed(magnitude uint64, negative bool) (int64, bool) {
	if negative {
		return -int64(magnitude), magnitude <= -math.MinInt64 //nolint:gosec // G115: the second result reports what doesn't fit
	}
	return int64(magnitude), magnitude <= math.MaxInt64 //nolint:gosec // G115: as above
}
