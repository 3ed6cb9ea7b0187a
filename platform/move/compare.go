package move

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// The second comparison shares nothing with the first but the list of columns: the engines themselves add
// up what both can compute. For each column: its NULLs, its bytes, the sum of an integer's three parts,
// the least and the greatest, and of texts and bytes the characters of their hexadecimal form at some places.
// A square of each row's sum over all columns ties them together, so that values which change places
// between rows or columns show. What it would miss: texts of equal length that differ at none of the places, and are
// neither the least nor the greatest of their column.

// prime keeps every sum far below 64 bits, whatever there is in a column.
const prime = 1_000_003

// samples are places in the hexadecimal form, one of which is each digit of a UUID's random part.
func samples() []int { return []int{1, 6, 12, 16, 18, 20, 23, 26, 28, 30, 31, 32, 64} }

// compare returns ErrDiffers with the columns in which the engines' sums differ.
func (r *run) compare(ctx context.Context, t table) error {
	here, err := r.from.sums(ctx, t)
	if err != nil {
		return err
	}
	there, err := r.to.sums(ctx, t)
	if err != nil {
		return err
	}
	var differ []string
	for i, name := range t.sumNames() {
		if here[i] != there[i] {
			differ = append(differ, fmt.Sprintf("%s is %s and %s", name, here[i], there[i]))
		}
	}
	if len(differ) > 0 {
		return fmt.Errorf("%w by the engines' own sums: %s%s", ErrDiffers, strings.Join(differ[:min(len(differ), tellDifferences)], "; "), differAdvice)
	}
	return nil
}

// perColumn is how many sums a column has.
const perColumn = 5

func (t table) sumNames() []string {
	names := []string{"COUNT", "rows"}
	for _, c := range t.columns {
		for _, what := range []string{"NULLs", "length", "digits", "least", "greatest"} {
			names = append(names, what+" of "+c.name)
		}
	}
	return names
}

func (e *end) sums(ctx context.Context, t table) ([]string, error) {
	values := make([]sql.NullString, 2+perColumn*len(t.columns))
	into := make([]any, len(values))
	for i := range values {
		into[i] = &values[i]
	}
	if err := e.conn.QueryRowContext(ctx, e.sumsQuery(t)).Scan(into...); err != nil {
		return nil, fmt.Errorf("at the %s: %w", e.role, err)
	}
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = strings.TrimSuffix(v.String, ".0") // an AVG-like type of one engine or other
	}
	return texts, nil
}

func (e *end) sumsQuery(t table) string {
	outer := []string{"COUNT(*)", fmt.Sprintf("SUM((whole %% %d) * (whole %% %d) %% %d)", prime, prime, prime)}
	var inner, whole []string
	for i, c := range t.columns {
		length, digits, value := e.measure(c)
		inner = append(inner,
			fmt.Sprintf("%s IS NULL AS n%d", quoted(c.name), i), fmt.Sprintf("%s AS l%d", length, i),
			fmt.Sprintf("%s AS d%d", digits, i), fmt.Sprintf("%s AS v%d", value, i))
		outer = append(outer, fmt.Sprintf("SUM(n%d), SUM(l%d), SUM(d%d), MIN(v%d), MAX(v%d)", i, i, i, i, i))
		whole = append(whole, fmt.Sprintf("%d * (d%d + l%d + n%d)", 2*i+3, i, i, i))
	}
	return fmt.Sprintf("SELECT %s FROM (SELECT v.*, %s AS whole FROM (SELECT %s FROM %s) v) w",
		strings.Join(outer, ", "), strings.Join(whole, " + "), strings.Join(inner, ", "), quoted(t.name))
}

// measure is what the engine computes of one value: its length, a number made of it, and what is compared as the least and the greatest.
func (e *end) measure(c column) (length, digits, value string) {
	name := quoted(c.name)
	if c.kind == integer {
		divide := "/" // of integers, which SQLite rounds towards zero
		if e.mysql() {
			divide = "DIV"
		}
		return "0", fmt.Sprintf("COALESCE(%s %% %d + 3 * ((%s %s %d) %% %d) + 7 * (%s %s %d %s %d), 0)",
			name, prime, name, divide, prime, prime, name, divide, prime, divide, prime), name
	}
	length, code := "COALESCE(LENGTH(CAST("+name+" AS BLOB)), 0)", "UNICODE"
	if e.mysql() {
		length, code = "COALESCE(LENGTH("+name+"), 0)", "ASCII" // of bytes
	}
	hex := "HEX(" + name + ")"
	var terms []string
	for i, place := range samples() {
		terms = append(terms, fmt.Sprintf("%d * COALESCE(%s(SUBSTR(%s, %d, 1)), 0)", i+2, code, hex, place))
	}
	terms = append(terms, fmt.Sprintf("17 * COALESCE(%s(SUBSTR(%s, -1)), 0)", code, hex), fmt.Sprintf("19 * COALESCE(%s(SUBSTR(%s, -2, 1)), 0)", code, hex))
	return length, "(" + strings.Join(terms, " + ") + ")", "SUBSTR(COALESCE(" + hex + ", ''), 1, 256)"
}
