package path

import (
	"bytes"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Path is an order's SQL with the values that differ from order to order left open.
type Path struct {
	Units []Unit

	vars  []variable
	slots [][][]int // by unit, statement and argument: the variable, or fixed
}

const fixed = -1

var errUnlike = errors.New("the two recordings differ")

// Compile finds what two orders that were placed alike, a then b, have in common: the statements, and
// the arguments that are equal. An argument that differs is a value of its order, and each of its
// occurrences is the same variable; times and numbers stay as b had them. skusA and skusB are the
// SKUs that were ordered, in the same places.
func Compile(a, b []Unit, skusA, skusB []string) (*Path, error) {
	if err := errors.Join(sound(a), sound(b)); err != nil {
		return nil, err
	}
	former, err := pair(a, b)
	if err != nil {
		return nil, err
	}
	p := &Path{Units: withoutLease(b)}
	c := compiler{known: map[string]int{}, path: p}
	if err := c.addSKUs(skusA, skusB); err != nil {
		return nil, err
	}
	former = withoutLease(former)
	for i, u := range p.Units {
		p.slots = append(p.slots, nil)
		for j, s := range u.Statements {
			slots := make([]int, len(s.Args))
			for k := range s.Args {
				slots[k] = c.slot(former[i].Statements[j].Args[k], s.Args[k])
			}
			p.slots[i] = append(p.slots[i], slots)
		}
	}
	return p, nil
}

// sound refuses a recording with a failed statement: it shows a conflict and not the path.
func sound(units []Unit) error {
	for _, u := range units {
		if u.err != nil {
			return fmt.Errorf("record an order: %w", u.err)
		}
	}
	return nil
}

// pair answers the units of a in the order of b. Modules work side by side, so that only the order
// within one of them is certain.
func pair(a, b []Unit) ([]Unit, error) {
	queues := map[string][]Unit{}
	for _, u := range a {
		queues[u.Module] = append(queues[u.Module], u)
	}
	paired := make([]Unit, len(b))
	for i, u := range b {
		q := queues[u.Module]
		if len(q) == 0 || !alike(q[0], u) {
			return nil, fmt.Errorf("%w: only the second has, in %s: %s", errUnlike, u.Module, u)
		}
		paired[i], queues[u.Module] = q[0], q[1:]
	}
	for module, q := range queues {
		if len(q) > 0 {
			return nil, fmt.Errorf("%w: only the first has, in %s: %s", errUnlike, module, q[0])
		}
	}
	return paired, nil
}

func alike(a, b Unit) bool {
	return a.Tx == b.Tx && slices.EqualFunc(a.Statements, b.Statements, func(x, y Statement) bool {
		return x.Query == y.Query && len(x.Args) == len(y.Args) && x.Rows == y.Rows
	})
}

// String is the unit's SQL on one line.
func (u Unit) String() string {
	var queries []string
	for _, s := range u.Statements {
		queries = append(queries, oneLine(s.Query))
	}
	return strings.Join(queries, "; ")
}

func oneLine(query string) string { return strings.Join(strings.Fields(query), " ") }

// withoutLease takes the condition on the lease out of the statement that ends a task. The lease itself
// is taken for many tasks at once by a statement that is no part of the path.
func withoutLease(units []Unit) []Unit {
	units = slices.Clone(units)
	for i := range units {
		units[i].Statements = slices.Clone(units[i].Statements)
		for j, s := range units[i].Statements {
			if query, _, found := strings.Cut(s.Query, " AND lease = "); found && strings.HasPrefix(s.Query, deleteTask) {
				s.Query, s.Args = query, s.Args[:strings.Count(query, "?")]
				units[i].Statements[j] = s
			}
		}
	}
	return units
}

type compiler struct {
	path  *Path
	known map[string]int // variables by the value that b had
}

func (c *compiler) addSKUs(a, b []string) error {
	if len(a) != len(b) || len(a) == 0 || !slices.IsSorted(b) || slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) }) {
		return fmt.Errorf("%w: each order needs as many SKUs of its own, sorted", errUnlike)
	}
	for rank, sku := range b {
		c.known[sku] = c.add(variable{kind: sold, rank: rank})
	}
	return nil
}

func (c *compiler) add(v variable) int {
	c.path.vars = append(c.path.vars, v)
	return len(c.path.vars) - 1
}

// slot decides what becomes of one argument, a's and b's.
func (c *compiler) slot(a, b driver.Value) int {
	text, isText := b.(string)
	if isText && c.has(text) {
		return c.known[text]
	}
	if equal(a, b) {
		return fixed
	}
	former, _ := a.(string)
	raw, isRaw := b.([]byte)
	switch {
	case isText && !document(text):
		return c.variable(text, c.textual(former, text))
	case isRaw && len(raw) == identifierSize:
		return c.variable(string(raw), variable{kind: identifier})
	case isRaw && !document(string(raw)):
		return c.variable(string(raw), variable{kind: binary, size: len(raw)})
	}
	return fixed // a time, a number, or the payload of an event
}

func (c *compiler) has(value string) bool {
	_, ok := c.known[value]
	return ok
}

func (c *compiler) variable(value string, v variable) int {
	if !c.has(value) {
		c.known[value] = c.add(v)
	}
	return c.known[value]
}

func document(text string) bool { return strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") }

func equal(a, b driver.Value) bool {
	x, ok := a.([]byte)
	y, too := b.([]byte)
	if ok && too {
		return bytes.Equal(x, y)
	}
	return ok == too && a == b
}
