package move

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// The second comparison shares nothing with the first but the list of columns: the engines themselves add
// up what both can compute. For each column: its NULLs, its length in bytes, a sum of an integer's three parts
// or of some bytes' hexadecimal digits, and the greatest. The product of each row's key and of its other columns
// ties values to rows, so that two which changed places show. What it would miss: texts and bytes of equal length
// that differ at none of the places, and are not the greatest of their column.

// prime keeps every sum far below 64 bits, whatever there is in a column.
const prime = 1_000_003

// samples are the bytes whose two hexadecimal digits count: the first of a name, the random ones of a UUID, and the last.
func samples() []int { return []int{1, 8, 13, 16, -1} }

// compare returns ErrDiffers with the columns in which the engines' sums differ.
func (r *run) compare(ctx context.Context, t table) error {
	here, there, err := bothEnds(r, func(e *end) ([]string, error) { return e.sums(ctx, t) })
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
const perColumn = 4

func (t table) sumNames() []string {
	names := []string{"COUNT", "rows"}
	for _, c := range t.columns {
		for _, what := range []string{"NULLs", "length", "digits", "greatest"} {
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

// sumsQuery computes each digit sum twice: neither engine remembers what it has computed for a subquery's column.
func (e *end) sumsQuery(t table) string {
	var inner, outer, keys, others []string
	for i, c := range t.columns {
		length, digits, value := e.measure(c)
		inner = append(inner,
			fmt.Sprintf("%s IS NULL AS n%d", quoted(c.name), i), fmt.Sprintf("%s AS l%d", length, i),
			fmt.Sprintf("%s AS d%d", digits, i), fmt.Sprintf("%s AS v%d", value, i))
		outer = append(outer, fmt.Sprintf("SUM(n%d), SUM(l%d), SUM(d%d), MAX(v%d)", i, i, i, i))
		weighed := fmt.Sprintf("%d * (d%d + l%d + n%d)", 2*i+3, i, i, i)
		if slices.Contains(t.key, c.name) {
			keys = append(keys, weighed)
		} else {
			others = append(others, weighed)
		}
	}
	others = append(others, "1")
	tied := fmt.Sprintf("SUM(((%s) %% %d) * ((%s) %% %d) %% %d)", strings.Join(keys, " + "), prime, strings.Join(others, " + "), prime, prime)
	return fmt.Sprintf("SELECT COUNT(*), %s, %s FROM (SELECT %s FROM %s) v", tied, strings.Join(outer, ", "), strings.Join(inner, ", "), quoted(t.name))
}

// measure is what the engine computes of one value: its length, a number made of it, and what the greatest is chosen by.
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
	// Bytes are cut out before they are made readable: a payload is long.
	raw, length, code := "CAST("+name+" AS BLOB)", "LENGTH(CAST("+name+" AS BLOB))", "UNICODE"
	if e.mysql() {
		raw, length, code = "CAST("+name+" AS BINARY)", "LENGTH("+name+")", "ASCII"
	}
	var terms []string
	for i, place := range samples() {
		digits := fmt.Sprintf("HEX(SUBSTR(%s, %d, 1))", raw, place)
		terms = append(terms, fmt.Sprintf("%d * COALESCE(%s(%s), 0) + %d * COALESCE(%s(SUBSTR(%s, 2)), 0)", 2*i+3, code, digits, 2*i+4, code, digits))
	}
	return "COALESCE(" + length + ", 0)", "(" + strings.Join(terms, " + ") + ")", "COALESCE(HEX(SUBSTR(" + raw + ", 1, 64)), '')"
}
