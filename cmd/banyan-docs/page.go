package main

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"

	"github.com/banyan-commerce/banyan/platform/directory"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/module"
)

const introduction = `<!-- Made by go generate from manifests, structs, comments and samples; edit those. -->

# Events

What modules tell each other. A fact is published in the transaction that makes it true, and every
module that listens takes it once, those of one aggregate in their order. What an event looked like once
is kept in a golden file: fields may be added to a version, everything else needs a new one.

Examples show the envelope under the names of [CloudEvents](https://cloudevents.io): ` + "`subject`" + ` is the
aggregate's type and ID, ` + "`aggregateversion`" + ` its version after the fact, ` + "`correlationid`" + ` the first event of
the chain, ` + "`causationid`" + ` the event that this one answers; ` + "`data`" + ` is the event itself, whose fields the
tables list.
`

// page writes docs/events.md.
type page struct {
	bytes.Buffer

	manifests []module.Manifest
	source    *source
}

func newPage(manifests []module.Manifest, s *source) *page {
	return &page{manifests: manifests, source: s}
}

func (p *page) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

func (p *page) render() ([]byte, error) {
	p.line("%s", introduction)
	p.line("| event | published by | heard by |")
	p.line("|---|---|---|")
	for _, m := range p.manifests {
		for _, d := range m.Publishes {
			p.line("| [%s](#%s) | %s | %s |", d.Type.Name, anchor(d.Type), m.Name, p.listeners(d.Type))
		}
	}
	for _, m := range p.manifests {
		for i, d := range m.Publishes {
			if err := p.event(m, d, i+1); err != nil {
				return nil, err
			}
		}
	}
	return p.Bytes(), nil
}

func (p *page) listeners(t event.Type) string {
	names := directory.Listeners(p.manifests, t.Name)
	if len(names) == 0 {
		return "nobody"
	}
	return strings.Join(names, ", ")
}

func heading(t event.Type) string { return fmt.Sprintf("%s, version %d", t.Name, t.Version) }

// anchor is the link to a heading, by GitHub's rule: lower case, no punctuation but - and _, spaces as -.
func anchor(t event.Type) string {
	return strings.NewReplacer(" ", "-", ".", "", ",", "").Replace(strings.ToLower(heading(t)))
}

func (p *page) event(m module.Manifest, d event.Definition, place int) error {
	of := reflect.TypeOf(d.Sample)
	about, err := p.source.comment(of)
	if err != nil {
		return err
	}
	p.line("\n## %s\n\n%s\n", heading(d.Type), about.doc)
	p.line("- Published by %s as `%s`, about the aggregate `%s`; heard by %s.", m.Name, of, m.Aggregate, p.listeners(d.Type))
	p.line("- Golden files: %s.", goldens(m, d))
	p.line("\n| field | JSON | Go | meaning |\n|---|---|---|---|")
	fields, err := p.source.fieldsOf(of, "")
	if err != nil {
		return err
	}
	for _, f := range fields {
		p.line("| `%s` | %s | `%s` | %s |", f.Path, f.JSON, f.Go, strings.ReplaceAll(f.Doc, "|", `\|`))
	}
	text, err := example(m, d, place)
	if err != nil {
		return err
	}
	p.line("\n```json\n%s\n```", text)
	return nil
}

// goldens links to the golden file of each version that can be read.
func goldens(m module.Manifest, d event.Definition) string {
	var links []string
	for _, t := range event.Versions(d.Sample) {
		links = append(links, fmt.Sprintf("[version %d](../modules/%s/testdata/events/%s.v%d.json)", t.Version, m.Name, t.Name, t.Version))
	}
	return strings.Join(links, ", ")
}
