package archtest

import (
	"fmt"
	"strings"
)

// Manifests holds when every module has a contract whose manifest can be read, bears the module's name
// and its owner's, says nothing twice, and shares no event and no route with another. Routes that differ
// in the names of their parameters are the same.
func Manifests(t *Tree) []Violation {
	r := &review{rule: "manifests can be read and agree", subject: "module"}
	events, routes := map[string]string{}, map[string]string{}
	for _, m := range t.Modules {
		r.look()
		if m.Contract == nil {
			r.add(Violation{
				File: m.Dir(), Line: 1,
				What:    "is a module without a contract: the folder holds no Go file",
				Why:     "a module is known by its contract and manifest alone",
				Instead: "write package " + m.Name + " with func Manifest() module.Manifest, or move the folder out of modules/",
			})
			continue
		}
		r.found = append(r.found, m.Manifest.unread...)
		if m.Manifest.Name.Text != m.Name && len(m.Manifest.unread) == 0 {
			r.add(m.violation(max(m.Manifest.Name.Line, m.Manifest.line), fmt.Sprintf("calls itself %q in its manifest", m.Manifest.Name.Text),
				"folder, schema, migrations and consumer go by one name", "write Name: \""+m.Name+"\""))
		}
		if t.manifestHas("Owner") && strings.TrimSpace(m.Manifest.Owner.Text) == "" && len(m.Manifest.unread) == 0 {
			r.add(m.violation(max(m.Manifest.Owner.Line, m.Manifest.line), "names no owner in its manifest",
				"a module that no team answers for gets no review and no answer", "write Owner: and the team"))
		}
		ownNames(r, m, events)
		once(r, m, m.Manifest.Publishes, events, "event")
		once(r, m, m.Manifest.Routes, routes, "route")
		for _, list := range [][]Entry{m.Manifest.Calls, m.Manifest.Listens, m.Manifest.Tables} {
			once(r, m, list, map[string]string{}, "entry")
		}
	}
	return r.done()
}

// ownNames wants the names of a module's events to begin with its own. What another one declares is told as
// that, and not here.
func ownNames(r *review, m *Module, others map[string]string) {
	for _, e := range m.Manifest.Publishes {
		if _, taken := others[e.Text]; taken || e.Text == "" || strings.HasPrefix(e.Text, m.Name+".") {
			continue
		}
		r.add(m.violation(e.Line, fmt.Sprintf("publishes %q, whose name does not begin with its own", e.Text),
			"whoever reads an event's name, in a log or a manifest, takes its first word for the module that stated it",
			"name it "+m.Name+".<what happened>"))
	}
}

// once adds a violation for each entry that this or another manifest has already.
func once(r *review, m *Module, entries []Entry, seen map[string]string, what string) {
	for _, e := range entries {
		key := sameRoute(e.Text)
		if first, ok := seen[key]; ok && e.Text != "" {
			r.add(m.violation(e.Line, fmt.Sprintf("declares the %s %q, which %s declares already", what, e.Text, first),
				fmt.Sprintf("one module owns each %s and answers for it, and says so once", what), "drop it here or there"))
			continue
		}
		seen[key] = m.Name
	}
}
