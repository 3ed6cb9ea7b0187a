package archtest

import (
	"fmt"
	"slices"
	"strings"
)

// Subscriptions holds when every event that a manifest listens to is published by one. What a module hears
// that is elsewhere is its repository's business.
func Subscriptions(t *Tree) []Violation {
	r := &review{rule: "events that are heard are published", subject: "event that a manifest listens to"}
	var published []string
	for _, m := range t.Modules {
		for _, e := range m.Manifest.Publishes {
			published = append(published, e.Text)
		}
	}
	for _, m := range t.own() {
		for _, heard := range m.Manifest.Listens {
			r.look()
			if !slices.Contains(published, heard.Text) {
				r.add(m.violation(heard.Line, fmt.Sprintf("listens to %q, which no manifest publishes", heard.Text),
					"a subscription to a misspelt or dropped event waits for ever and nobody hears of it",
					"write one of: "+strings.Join(published, ", ")))
			}
		}
	}
	return r.done()
}
