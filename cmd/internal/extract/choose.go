package extract

import (
	"fmt"
	"go/ast"
	"go/parser"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/banyan-commerce/banyan/platform/archtest"
)

// selection is what goes along with a module.
type selection struct {
	*trunk

	module    string
	contracts []string // modules of which the contract goes along: it hears them, they hear it, or it calls them
	called    []string // of those, whose client goes along, too
	strangers []string // modules of which the name alone goes along, because settings may have it

	taken map[string]bool // files
	left  []string        // files of the program that stay, because they are for modules that do
}

const (
	program  = "cmd/banyan"
	alone    = "cmd/banyan/alone"
	assembly = "cmd/internal/assembly"
	itself   = "cmd/internal/extract" // what the trunk has to let modules go
)

// choose finds what goes along. It returns ErrTangled when something needs a part of another module that is
// neither its contract nor its client.
func (t *trunk) choose(module string) (*selection, error) {
	s := &selection{trunk: t, module: module, taken: map[string]bool{}}
	s.meetNeighbours()
	imports, err := s.imports()
	if err != nil {
		return nil, err
	}
	files := t.filesByPackage()
	ask := append([]string{program, alone, assembly, "cmd/banyan-test"}, s.needs(imports["arch_test.go"])...)
	for _, name := range s.contracts {
		ask = append(ask, "modules/"+name)
	}
	for dir := range files {
		if name, _ := moduleOf(dir); name == module {
			ask = append(ask, dir)
		}
	}
	for _, name := range rootFiles() {
		s.taken[name] = slices.Contains(t.files, name)
	}
	maps.DeleteFunc(s.taken, func(_ string, there bool) bool { return !there })
	for seen := map[string]bool{}; len(ask) > 0; ask = ask[1:] {
		dir := ask[0]
		if seen[dir] {
			continue
		}
		seen[dir] = true
		more, err := s.take(dir, files[dir], imports)
		if err != nil {
			return nil, err
		}
		ask = append(ask, more...)
	}
	slices.Sort(s.left)
	s.takeExamples()
	return s, nil
}

// takeExamples takes the examples along if something that goes along reads some.
func (s *selection) takeExamples() {
	read := false
	for _, f := range s.tree.Files {
		if !s.taken[f.Name] {
			continue
		}
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			literal, ok := n.(*ast.BasicLit)
			read = read || ok && strings.Contains(literal.Value, "../"+examples+"/")
			return !read
		})
	}
	for _, name := range s.files {
		if read && strings.HasPrefix(name, examples+"/") {
			s.taken[name] = true
		}
	}
}

// take takes a package, and answers which others it needs.
func (s *selection) take(dir string, files []string, imports map[string][]archtest.Import) ([]string, error) {
	var needed []string
	for _, name := range files {
		if !s.keeps(dir, name, imports[name]) {
			continue
		}
		s.taken[name] = true
		for _, need := range s.needs(imports[name]) {
			if err := s.may(name, need); err != nil {
				return nil, err
			}
			needed = append(needed, need)
		}
	}
	return needed, nil
}

// imports are those of each file, and of the list of modules as it will be.
func (s *selection) imports() (map[string][]archtest.Import, error) {
	all := map[string][]archtest.Import{}
	for _, f := range s.tree.Files {
		all[f.Name] = f.Imports
	}
	text, err := s.read(listFile)
	if err != nil {
		return nil, err
	}
	if text, err = s.list(text); err != nil {
		return nil, fmt.Errorf("%s: %w", listFile, err)
	}
	f, err := parse(text, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	all[listFile] = nil
	for _, spec := range f.Imports {
		target, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		all[listFile] = append(all[listFile], archtest.Import{Path: target})
	}
	return all, nil
}

// meetNeighbours sorts the other modules by what this one has to do with them.
func (s *selection) meetNeighbours() {
	own := s.trunk.module(s.module).Manifest
	for _, m := range s.tree.Modules {
		calls := has(own.Calls, m.Name)
		switch {
		case m.Name == s.module:
		case calls || meet(own.Listens, m.Manifest.Publishes) || meet(m.Manifest.Listens, own.Publishes):
			s.contracts = append(s.contracts, m.Name)
			if calls {
				s.called = append(s.called, m.Name)
			}
		default:
			s.strangers = append(s.strangers, m.Name)
		}
	}
}

func has(entries []archtest.Entry, text string) bool {
	return slices.ContainsFunc(entries, func(e archtest.Entry) bool { return e.Text == text })
}

func meet(a, b []archtest.Entry) bool {
	return slices.ContainsFunc(a, func(e archtest.Entry) bool { return has(b, e.Text) })
}

// needs are the folders of the packages that a file imports.
func (s *selection) needs(imports []archtest.Import) []string {
	var dirs []string
	for _, i := range imports {
		if dir, ok := s.tree.Local(i.Path); ok {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// may says whether a file that goes along may import a package.
func (s *selection) may(file, dir string) error {
	name, inside := moduleOf(dir)
	switch {
	case name == "" || name == s.module || inside == "" && slices.Contains(s.contracts, name):
		return nil
	case slices.Contains(s.called, name) && inside == name+"fx":
		return nil
	}
	return fmt.Errorf("%s imports %s of %s, which stays: %w", file, path.Base(dir), name, ErrTangled)
}

func moduleOf(dir string) (name, inside string) {
	rest, ok := strings.CutPrefix(dir, "modules/")
	if !ok {
		return "", ""
	}
	name, inside, _ = strings.Cut(rest, "/")
	return name, inside
}

// keeps says whether a file of a package that is needed goes along.
func (s *selection) keeps(dir, file string, imports []archtest.Import) bool {
	name, inside := moduleOf(dir)
	test := strings.HasSuffix(file, "_test.go")
	switch {
	case dir == "migrations":
		return path.Dir(file) == dir || path.Dir(file) == dir+"/"+s.module
	case name != "" && name != s.module && inside != "":
		return path.Base(file) == "remote.go" // the client of a contract
	case dir == program:
		if !test && s.foreign(imports) {
			s.left = append(s.left, file)
			return false
		}
		return !test // they are of the whole shop
	case dir == alone:
		of := strings.TrimSuffix(path.Base(file), "_test.go")
		return of == s.module || s.trunk.module(of) == nil
	case dir == assembly:
		return !test || path.Base(file) == "graph_test.go"
	}
	return true
}

// foreign says whether a file of the program is for what stays: another module's inside or wiring, or this
// command.
func (s *selection) foreign(imports []archtest.Import) bool {
	return slices.ContainsFunc(s.needs(imports), func(dir string) bool {
		name, inside := moduleOf(dir)
		return inside != "" && name != s.module || dir == itself
	})
}

// unsettled are the files that go along and differ from the commit. One that is gone might have gone along.
func (s *selection) unsettled() []string {
	names := slices.Clone(s.deleted)
	for _, name := range slices.Sorted(maps.Keys(s.taken)) {
		if s.changed[name] {
			names = append(names, name)
		}
	}
	return names
}
