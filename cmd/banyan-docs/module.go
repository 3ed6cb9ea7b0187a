package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/banyan-commerce/banyan/platform/directory"
	"github.com/banyan-commerce/banyan/platform/event"
)

const made = "<!-- Made by go generate from manifests, contracts and what the source counts; edit those. -->"

const overview = made + `

# Modules

What modules there are, and what each has to do with the others. ` + "`banyan modules`" + ` prints the same,
` + "`banyan modules --live`" + ` with what a running server measures. Lines are rounded to two digits.
`

const drawn = `
A solid arrow is a call, whose caller waits; a dotted one is events, from the module that states them to
the one that hears.
`

// modulePages are the files of docs/modules, by name.
func modulePages(d directory.Document) map[string]string {
	pages := map[string]string{"README.md": overviewPage(d)}
	for _, m := range d.Modules {
		pages[m.Name+".md"] = modulePage(d, m)
	}
	return pages
}

func overviewPage(d directory.Document) string {
	var p text
	p.line("%s", overview)
	p.line("| module | what it is | owner | Go | tests | SQL | methods | routes | tables | states | hears |")
	p.line("|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|")
	for _, m := range d.Modules {
		p.line("| [%s](%s.md) | %s | %s | %d | %d | %d | %d | %d | %d | %d | %d |", m.Name, m.Name, cell(synopsis(m.Summary)), cell(m.Owner),
			m.Lines.Go, m.Lines.Tests, m.Lines.SQL, len(m.Methods), len(m.Routes), len(m.Tables), len(m.Publishes), len(m.Listens))
	}
	p.line("%s\n```mermaid\n%s```", drawn, d.Mermaid())
	return p.String()
}

func modulePage(d directory.Document, m directory.Module) string {
	var p text
	p.line("%s\n\n# %s\n\n%s\n", made, m.Name, m.Summary)
	p.line("Answered for by %s. About %d lines of Go, %d of tests and %d of SQL, in [modules/%s](../../modules/%s) and [migrations/%s](../../migrations/%s).",
		m.Owner, m.Lines.Go, m.Lines.Tests, m.Lines.SQL, m.Name, m.Name, m.Name, m.Name)
	p.line("\n```mermaid\n%s```", d.MermaidOf(m.Name))
	p.line("\nCalls %s. Called by %s.", pagesOf(m.Calls), pagesOf(m.CalledBy))
	p.contract(m)
	p.events(d, m)
	p.section("HTTP operations", m.Routes)
	p.section("Tables", m.Tables)
	return p.String()
}

// text is a page being written.
type text struct{ bytes.Buffer }

func (p *text) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

func (p *text) contract(m directory.Module) {
	p.line("\n## What others may call")
	if len(m.Methods) == 0 {
		p.line("\nNothing: it is told and tells by events alone.")
		return
	}
	for _, method := range m.Methods {
		p.line("\n```go\n%s.%s\n```\n\n%s", method.Interface, method.Signature, method.Doc)
	}
}

func (p *text) events(d directory.Document, m directory.Module) {
	p.line("\n## Events that it states\n")
	if len(m.Publishes) == 0 {
		p.line("None.")
	} else {
		p.line("| event | versions | heard by |\n|---|---|---|")
	}
	for _, e := range m.Publishes {
		p.line("| %s | %s | %s |", eventLink(d, e.Event), e.Version(), pagesOf(e.HeardBy))
	}
	p.line("\n## Events that it hears\n")
	if len(m.Listens) == 0 {
		p.line("None.")
	} else {
		p.line("| event | from |\n|---|---|")
	}
	for _, e := range m.Listens {
		p.line("| %s | %s |", eventLink(d, e.Event), pagesOf([]string{e.From}))
	}
}

func (p *text) section(title string, names []string) {
	p.line("\n## %s\n", title)
	if len(names) == 0 {
		p.line("None.")
	}
	for _, name := range names {
		p.line("- `%s`", name)
	}
}

// eventLink leads to an event's part of docs/events.md, if a module states it.
func eventLink(d directory.Document, name string) string {
	for _, m := range d.Modules {
		for _, e := range m.Publishes {
			if e.Event == name {
				return fmt.Sprintf("[%s](../events.md#%s)", name, anchor(event.Type{Name: name, Version: e.Versions[0]}))
			}
		}
	}
	return name
}

// pagesOf links to the pages of modules; nobody, if there are none.
func pagesOf(names []string) string {
	var links []string
	for _, name := range names {
		if name != "" {
			links = append(links, fmt.Sprintf("[%s](%s.md)", name, name))
		}
	}
	if len(links) == 0 {
		return "nobody"
	}
	return strings.Join(links, ", ")
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
