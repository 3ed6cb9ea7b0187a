package directory

import (
	"fmt"
	"slices"
	"strings"
)

// Mermaid draws the modules as a flowchart (https://mermaid.js.org/syntax/flowchart.html): a call is a
// solid arrow, the events between two modules are one dotted arrow with their number, from the one that
// states them to the one that hears.
func (d Document) Mermaid() string {
	return d.draw("", func(events []string) string {
		if len(events) == 1 {
			return "1 event"
		}
		return fmt.Sprintf("%d events", len(events))
	})
}

// MermaidOf draws one module and its neighbours; the arrows bear the events' names.
func (d Document) MermaidOf(name string) string {
	return d.draw(name, func(events []string) string { return strings.Join(events, "<br/>") })
}

// drawing is the lines of a flowchart. Modules get boxes when an arrow needs them.
type drawing struct {
	only          string // the module whose arrows are drawn; empty: all
	boxes, arrows []string
}

func (d Document) draw(only string, label func(events []string) string) string {
	c := drawing{only: only}
	for _, m := range d.Modules {
		if only == "" || only == m.Name {
			c.box(m.Name)
		}
		for _, to := range m.Calls {
			c.arrow(m.Name, "-->", "calls", to)
		}
		for _, to := range d.Modules {
			if events := eventsBetween(m, to.Name); len(events) > 0 {
				c.arrow(m.Name, "-.->", label(events), to.Name)
			}
		}
	}
	return "flowchart LR\n" + strings.Join(append(c.boxes, c.arrows...), "")
}

// eventsBetween are the events of a module that another one hears.
func eventsBetween(m Module, listener string) []string {
	var events []string
	for _, p := range m.Publishes {
		if slices.Contains(p.HeardBy, listener) {
			events = append(events, p.Event)
		}
	}
	return events
}

func (c *drawing) box(name string) {
	line := fmt.Sprintf("    %s[\"%s\"]\n", nodeID(name), quoted(name))
	if !slices.Contains(c.boxes, line) {
		c.boxes = append(c.boxes, line)
	}
}

func (c *drawing) arrow(from, arrow, text, to string) {
	if c.only != "" && c.only != from && c.only != to {
		return
	}
	c.box(from)
	c.box(to)
	c.arrows = append(c.arrows, fmt.Sprintf("    %s %s|\"%s\"| %s\n", nodeID(from), arrow, quoted(text), nodeID(to)))
}

// nodeID begins with a letter and an underscore, because `end`, `graph` and others are words of Mermaid
// and a name that begins with o or x changes the arrow before it. What Go does not allow in the name of
// a package, and a module's folder could have, is written as its code.
func nodeID(name string) string {
	var b strings.Builder
	b.WriteString("m_")
	for _, r := range name {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "_%x_", r)
		}
	}
	return b.String()
}

// quoted is text between quotation marks, which Mermaid writes as an entity.
func quoted(text string) string { return strings.ReplaceAll(text, `"`, "#quot;") }
