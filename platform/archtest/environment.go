package archtest

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

// name is a function or variable of another package.
type name struct{ pkg, name string }

func environment() []name {
	return []name{
		{"os", "Getenv"},
		{"os", "LookupEnv"},
		{"os", "Environ"},
		{"os", "ExpandEnv"},
		{"syscall", "Getenv"},
		{"syscall", "Environ"},
	}
}

func clock() []name {
	return []name{{"time", "Now"}, {"time", "Since"}, {"time", "Until"}}
}

// configures tells the platform's packages that read the environment: for the program and for its tests.
func configures(dir string) bool {
	p := placeOf(dir)
	return p.area == "platform" && (p.name == "config" || p.name == "dbtest")
}

// Environment holds when configuration is read in one place: cmd and platform/config, and for tests
// platform/dbtest and the tests themselves.
func Environment(t *Tree) []Violation {
	r := &review{rule: "the environment is read in one place", subject: "file"}
	for _, f := range t.Files {
		r.look()
		if f.Test || t.program(placeOf(f.Package.Dir).area) || configures(f.Package.Dir) {
			continue
		}
		for _, imported := range f.Imports {
			if parsesEnvironment(imported.Path) {
				r.add(readsEnvironment(f, imported.Line, imported.Path))
			}
		}
		t.each(f, environment(), func(line int, what string) {
			r.add(readsEnvironment(f, line, what))
		})
	}
	return r.done()
}

// parsesEnvironment tells the library that fills structs from the environment.
func parsesEnvironment(importPath string) bool {
	return importPath == "github.com/caarlos0/env" || strings.HasPrefix(importPath, "github.com/caarlos0/env/")
}

func readsEnvironment(f *File, line int, by string) Violation {
	return Violation{
		File: f.Name, Line: line,
		What:    "reads the environment by " + by,
		Why:     "a setting that is read on the way is in no table of settings, is not checked at start, and two tests can't differ in it",
		Instead: "add a field to the component's configuration, which cmd fills by platform/config",
	}
}

// Clock holds when a module is told the time: its code that is no test, wiring included, asks a function
// that it was given.
func Clock(t *Tree) []Violation {
	r := &review{rule: "modules are told the time", subject: "file of a module"}
	for _, f := range t.filesIn("modules") {
		r.look()
		if f.Test {
			continue
		}
		t.each(f, clock(), func(line int, what string) {
			r.add(Violation{
				File: f.Name, Line: line,
				What:    "asks the clock by " + what,
				Why:     "deadlines and expiries are tested with a time that the test sets, without waiting",
				Instead: "take now func() time.Time in the constructor; cmd supplies it",
			})
		})
	}
	return r.done()
}

// each visits where a file mentions one of the names.
func (t *Tree) each(f *File, names []name, visit func(line int, what string)) {
	var imported []name
	for _, n := range names {
		if slices.ContainsFunc(f.Imports, func(i Import) bool { return i.Path == n.pkg }) {
			imported = append(imported, n)
		}
	}
	if len(imported) == 0 {
		return
	}
	selected := map[ast.Expr]bool{}
	ast.Inspect(f.Syntax, func(node ast.Node) bool {
		e, ok := node.(ast.Expr)
		if !ok || selected[e] {
			return !selected[e]
		}
		if s, ok := e.(*ast.SelectorExpr); ok {
			selected[s.Sel] = true // it speaks of what stands before the dot, not of a dot import
		}
		for _, n := range imported {
			if f.selects(e, n.pkg, n.name) {
				visit(t.line(e.Pos()), fmt.Sprintf("%s.%s", n.pkg, n.name))
			}
		}
		return true
	})
}
