package archtest

import (
	"path"
	"strings"

	"github.com/banyan-commerce/banyan/platform/archtest/sqltext"
)

// Statement is SQL of the tree as the rules read it, for who would read it again by other means.
type Statement struct {
	File   string
	Line   int
	Module string // whose tables it may name, "" for code of no module
	Text   string // sqltext.Hole stands for what is known at run time only
	Whole  bool   // a statement from its first keyword on, not a piece that other code completes
	Script bool   // of a migration, or of another .sql file
	Tables []sqltext.Use
}

// Statements are all of them: texts of Go files first, then those of scripts.
func (t *Tree) Statements() []Statement {
	var list []Statement
	for _, f := range t.Files {
		for _, x := range f.texts {
			if !x.sql {
				continue
			}
			list = append(list, Statement{
				File: f.Name, Line: t.textPosition(x, 0).Line, Module: t.ownerName(f.Package.Dir),
				Text: x.string, Whole: x.whole, Tables: sqltext.Tables(x.string),
			})
		}
	}
	for _, s := range t.scripts {
		for _, from := range s.statements() {
			text := s.text[from.start:from.end]
			list = append(list, Statement{
				File: s.name, Line: s.line(from.start), Module: t.ownerName(path.Dir(s.name)),
				Text: text, Whole: true, Script: true, Tables: sqltext.Tables(text),
			})
		}
	}
	return list
}

func (t *Tree) ownerName(dir string) string {
	if owner := t.owner(dir); owner != nil {
		return owner.Name
	}
	return ""
}

// owner is the module whose code or migrations lie in a folder, nil when it is none's.
func (t *Tree) owner(dir string) *Module {
	p := placeOf(dir)
	if p.area != "modules" && p.area != "migrations" {
		return nil
	}
	return t.module(p.name)
}

// span is a part of a script's text.
type span struct{ start, end int }

// statements splits a script as goose does: at a semicolon that ends a line, and not between
// StatementBegin and StatementEnd. Comments and the lines of goose alone make none.
func (s *script) statements() []span {
	var list []span
	start, at, block := 0, 0, false
	end := func(to int) {
		from := start + len(s.text[start:to]) - len(strings.TrimLeft(s.text[start:to], " \t\r\n;"))
		if from < to && sqltext.Says(s.text[from:to]) {
			list = append(list, span{from, to})
		}
		start = to
	}
	for line := range strings.Lines(s.text) {
		bare := strings.TrimSpace(line)
		mark, isMark := strings.CutPrefix(bare, "-- +goose ")
		switch {
		case isMark && mark == "StatementBegin":
			end(at)
			block = true
		case isMark && mark == "StatementEnd":
			end(at)
			block = false
		case isMark:
			end(at)
		}
		at += len(line)
		if isMark {
			start = at
			continue
		}
		if uncommented, _, _ := strings.Cut(bare, " --"); !block && strings.HasSuffix(strings.TrimSpace(uncommented), ";") {
			end(at)
		}
	}
	end(len(s.text))
	return list
}
