package money

import (
	"errors"
	"fmt"
	"math/bits"
	"strings"
	"unicode"
)

var (
	// ErrSyntax says that a text is no amount in the notation expected.
	ErrSyntax = errors.New("not an amount")
	// ErrAmbiguous says that a text can be read as two different amounts, such
	// as "1.290" in euros: 1.29 to some, 1,290 to others.
	ErrAmbiguous = errors.New("ambiguous amount")
	// ErrPrecision says that a text has more decimals than its currency.
	ErrPrecision = errors.New("more decimals than the currency has")
	// ErrNegative says that an amount is negative where none may be.
	ErrNegative = errors.New("negative amount")
)

// longestText bounds what Parse looks at: 19 digits, their separators, a sign, a
// code and spaces need fewer than half.
const longestText = 64

// Notation is how somebody writes amounts: a partner's feed, for one.
type Notation struct {
	// Currency is assumed where the text names none; empty: the text must.
	Currency Currency
	// Decimal is '.' or ',', and the other one groups thousands. Zero stands for
	// '.' too, but then a text that looks like grouping by points is refused as
	// ErrAmbiguous instead of read.
	Decimal byte
	// AllowNegative accepts a leading minus.
	AllowNegative bool
}

// Parse reads an amount exactly, in the usual notation: "379", "1,299.00",
// "89.0 EUR", "EUR 89". See Notation.Parse.
func Parse(text string, defaultCurrency Currency) (Money, error) {
	return Notation{Currency: defaultCurrency}.Parse(text)
}

// Parse reads an amount exactly. The code, upper case, stands before or after
// the number and wins over the default. Groups must be whole, of three digits or
// as in India ("1,29,900.00"). Decimals beyond the currency's must be zeros.
// It never rounds and never guesses.
//
// Errors: ErrSyntax, ErrAmbiguous, ErrPrecision, ErrNegative, ErrOverflow,
// ErrUnknownCurrency.
func (n Notation) Parse(text string) (Money, error) {
	if len(text) > longestText {
		return Money{}, fmt.Errorf("%w: longer than %d bytes", ErrSyntax, longestText)
	}
	number, currency := splitCode(strings.TrimSpace(text))
	if number == "" {
		return Money{}, fmt.Errorf("%w: %q has no digits", ErrSyntax, text)
	}
	if currency == "" {
		currency = n.Currency
	}
	if currency == "" {
		return Money{}, fmt.Errorf("%w: %q names none", ErrUnknownCurrency, text)
	}
	exponent, err := Exponent(currency)
	if err != nil {
		return Money{}, err
	}
	negative := strings.HasPrefix(number, "-")
	amount, err := n.units(strings.TrimPrefix(number, "-"), exponent, negative)
	if err != nil {
		return Money{}, fmt.Errorf("%w: %q in %s", err, text, currency)
	}
	return Money{Amount: amount, Currency: currency}, nil
}

// splitCode cuts the run of letters off one end of the text.
func splitCode(text string) (number string, code Currency) {
	if rest := strings.TrimLeftFunc(text, unicode.IsLetter); len(rest) < len(text) {
		return strings.TrimSpace(rest), Currency(text[:len(text)-len(rest)])
	}
	rest := strings.TrimRightFunc(text, unicode.IsLetter)
	return strings.TrimSpace(rest), Currency(text[len(rest):])
}

// units reads an unsigned number as minor units.
func (n Notation) units(number string, exponent int, negative bool) (int64, error) {
	point, group, err := n.separators()
	if err != nil {
		return 0, err
	}
	whole, decimals, hasPoint := strings.Cut(number, point)
	if hasPoint && decimals == "" || !digitsOnly(decimals) {
		return 0, ErrSyntax
	}
	plain, ok := ungroup(whole, group)
	if !ok {
		return 0, ErrSyntax
	}
	if n.Decimal == 0 && readsTwoWays(whole, decimals, exponent) {
		return 0, ErrAmbiguous
	}
	if len(decimals) > exponent {
		if strings.Trim(decimals[exponent:], "0") != "" {
			return 0, ErrPrecision
		}
		decimals = decimals[:exponent]
	}
	amount, err := atoi(plain+decimals+strings.Repeat("0", exponent-len(decimals)), negative)
	if err == nil && amount < 0 && !n.AllowNegative {
		return 0, ErrNegative
	}
	return amount, err
}

func (n Notation) separators() (point, group string, err error) {
	switch n.Decimal {
	case 0, '.':
		return ".", ",", nil
	case ',':
		return ",", ".", nil
	}
	return "", "", fmt.Errorf("%w: decimal separator %q is neither point nor comma", ErrSyntax, n.Decimal)
}

// readsTwoWays reports whether a lone separator before exactly three digits may be
// either kind. Nobody writes three decimals of a currency that has fewer, so the
// point of "1.290" in euros looks like a group's; and the comma of "1,299" in
// Kuwaiti dinars, which do have three, looks like a decimal one.
func readsTwoWays(whole, decimals string, exponent int) bool {
	if decimals == "" {
		return exponent >= 3 && strings.Count(whole, ",") == 1
	}
	return exponent < 3 && len(decimals) == 3 && len(whole) <= 3 && !strings.HasPrefix(whole, "0")
}

// ungroup takes the group separators out, if they stand where they may.
func ungroup(whole, separator string) (string, bool) {
	groups := strings.Split(whole, separator)
	plain := strings.Join(groups, "")
	if groups[0] == "" || !digitsOnly(plain) {
		return "", false
	}
	return plain, len(groups) == 1 || groupsWhole(groups)
}

// groupsWhole accepts 1,299,000 and India's 12,99,000; no group starts a number
// with a zero, so that "0,299" isn't taken for 299.
func groupsWhole(groups []string) bool {
	last, size := len(groups)-1, 3
	if last > 1 {
		size = len(groups[1])
	}
	if size != 2 && size != 3 || len(groups[0]) > size || groups[0][0] == '0' || len(groups[last]) != 3 {
		return false
	}
	for _, group := range groups[1:last] {
		if len(group) != size {
			return false
		}
	}
	return true
}

// digitsOnly accepts ASCII digits; strconv would accept signs too.
func digitsOnly(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

func atoi(digits string, negative bool) (int64, error) {
	var sum uint64
	for i := range len(digits) {
		high, low := bits.Mul64(sum, 10)
		next, carry := bits.Add64(low, uint64(digits[i]-'0'), 0)
		if high != 0 || carry != 0 {
			return 0, ErrOverflow
		}
		sum = next
	}
	amount, ok := signed(sum, negative)
	if !ok {
		return 0, ErrOverflow
	}
	return amount, nil
}
