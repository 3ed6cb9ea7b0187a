package archtest

import (
	"cmp"
	"fmt"
	"slices"
)

// Violation is advice: where, what, why it matters and what to do instead.
type Violation struct {
	File    string // path below the root
	Line    int
	What    string
	Why     string
	Instead string
}

func (v Violation) String() string {
	return fmt.Sprintf("%s:%d: %s\n\twhy: %s\n\tinstead: %s", v.File, v.Line, v.What, v.Why, v.Instead)
}

// review collects what one rule finds and counts what it looked at.
type review struct {
	rule    string
	subject string // what it looks at, for a review that saw none
	looked  int
	found   []Violation
}

func (r *review) look() { r.looked++ }

func (r *review) add(v Violation) { r.found = append(r.found, v) }

// done returns the violations in the order of the tree. A review that looked at nothing proves
// nothing, so it is a violation itself.
func (r *review) done() []Violation {
	if r.looked == 0 {
		return []Violation{{
			File: "go.mod", Line: 1,
			What:    fmt.Sprintf("the rule %q looked at no %s", r.rule, r.subject),
			Why:     "a rule that sees nothing passes whatever the tree holds",
			Instead: "look for a moved or misspelt folder, or for code that the rule no longer recognises",
		}}
	}
	slices.SortStableFunc(r.found, func(a, b Violation) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return slices.Compact(r.found)
}
