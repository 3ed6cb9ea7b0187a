package path

import (
	"regexp"
	"slices"
	"strings"

	"github.com/banyan-commerce/banyan/platform/id"
)

// Own picks the units that are an order's own path out of all that ran meanwhile; the rest is answered
// apart. seeds are values that name the order from the start: its ID and its SKUs.
//
// In: every transaction that writes for the order, with its inbox, outbox and task rows (and the reads
// inside it), and the reads that modules make for it outside a transaction. Out, because the bus and
// the runner of tasks share them among many orders: the scans of the outbox, the deletion of rows that
// are done, the polls for held events and due tasks, the lease of a task; and whatever ran for no order.
func Own(units []Unit, seeds ...string) (own, other []Unit) {
	known := map[string]bool{}
	for _, s := range seeds {
		known[s] = true
	}
	mine := make([]bool, len(units))
	for grown := true; grown; {
		grown = false
		for i, u := range units {
			if mine[i] || machinery(u) || !u.names(known) {
				continue
			}
			mine[i], grown = true, true
			u.learn(known)
		}
	}
	for i, u := range units {
		if mine[i] {
			own = append(own, u)
		} else {
			other = append(other, u)
		}
	}
	return own, other
}

// names tells whether an argument is a known value.
func (u Unit) names(known map[string]bool) bool {
	for _, s := range u.Statements {
		for _, arg := range s.Args {
			if text, ok := name(arg); ok && known[text] {
				return true
			}
		}
	}
	return false
}

// learn adds the identifiers of a unit: what else names them is the order's, too.
func (u Unit) learn(known map[string]bool) {
	for _, s := range u.Statements {
		for _, arg := range s.Args {
			if b, ok := arg.([]byte); ok && len(b) == identifierSize {
				known[string(b)] = true
			}
		}
	}
}

func name(arg any) (string, bool) {
	switch v := arg.(type) {
	case string:
		return v, true
	case []byte:
		return string(v), true
	}
	return "", false
}

// machinery tells a unit that touches tables of the bus alone and leaves no trace of an effect there:
// no inbox, outbox or task row of its own, and no task done.
func machinery(u Unit) bool {
	for _, s := range u.Statements {
		query := strings.TrimSpace(s.Query)
		if strings.HasPrefix(query, "INSERT") || strings.HasPrefix(query, deleteTask) {
			return false
		}
		if slices.ContainsFunc(tables(query), func(t string) bool { return !strings.HasPrefix(t, "bus_") }) {
			return false
		}
	}
	return true
}

const deleteTask = "DELETE FROM bus_task"

func tables(query string) []string {
	var names []string
	for _, m := range regexp.MustCompile(`(?i)\b(?:FROM|INTO|UPDATE|JOIN)\s+(\w+)`).FindAllStringSubmatch(query, -1) {
		names = append(names, m[1])
	}
	return names
}

// Names are the forms in which a UUID stands among the arguments: its text and its 16 bytes. Text that
// is none names itself.
func Names(text string) []string {
	u, err := id.Parse(text)
	if err != nil {
		return []string{text}
	}
	return []string{text, string(u[:])}
}
