package archtest

import (
	"fmt"
	"slices"
	"strings"
)

// pure are the packages of the platform that a contract may import. They import the standard library's
// calculating part and one another.
func pure() []string {
	return []string{"platform/event", "platform/fault", "platform/id", "platform/module", "platform/money"}
}

// outside are the standard library's ways out of the process: files, network, databases, other programs.
func outside() []string {
	return []string{
		"crypto/tls", "database/sql", "expvar", "io/ioutil", "log/syslog", "net", "net/http", "net/rpc", "net/smtp",
		"os", "os/exec", "os/signal", "os/user", "plugin", "syscall", "unsafe", "C",
	}
}

// parsers are packages below these that only parse.
func parsers() []string {
	return []string{"net/mail", "net/netip", "net/textproto", "net/url", "database/sql/driver"}
}

// PureContracts holds when a contract imports the standard library's calculating part and the pure
// packages of the platform, and these nothing but that part and one another: whoever imports a contract
// gets no driver and no framework with it. All that it publishes could go over a wire: methods with one
// request and one answer, events, and structs of plain exported fields, seen through aliases, embedding
// and signatures.
func PureContracts(t *Tree) []Violation {
	r := &review{rule: "contracts are pure", subject: "contract"}
	for _, m := range t.Modules {
		if m.Contract == nil {
			continue
		}
		r.look()
		for _, f := range m.Contract.Files {
			t.judgeContract(r, m, f)
		}
		t.judgePublished(r, m)
	}
	for _, dir := range pure() {
		if p := t.packages[dir]; p != nil {
			t.judgePure(r, p)
		}
	}
	return r.done()
}

func (t *Tree) judgeContract(r *review, m *Module, f *File) {
	if f.Test {
		return
	}
	for _, imported := range f.Imports {
		dir, local := t.Local(imported.Path)
		v := Violation{File: f.Name, Line: imported.Line, What: fmt.Sprintf("is a contract and imports %s", imported.Path)}
		switch {
		case local && slices.Contains(pure(), dir):
			continue
		case local && placeOf(dir).area == "modules" && placeOf(dir).name == m.Name:
			v.Why = "a contract that stands on the module's insides publishes them: they can't change unseen, and move nowhere without"
			v.Instead = "declare the type in the contract and let the inside use that"
		case local && placeOf(dir).area == "modules":
			v.Why = "contracts that know each other move only together"
			v.Instead = "name the other module's things by id.UUID and plain fields"
		case !local && standard(imported.Path) && !leaves(imported.Path):
			continue
		default:
			v.Why = "everyone who imports the contract would get it along, and a value that comes from it may not go over a wire"
			v.Instead = "keep to plain structs, the calculating part of the standard library and " + strings.Join(pure(), ", ")
		}
		r.add(v)
	}
}

func (t *Tree) judgePure(r *review, p *Package) {
	for _, f := range p.Files {
		for _, imported := range f.Imports {
			dir, local := t.Local(imported.Path)
			if f.Test || local && slices.Contains(pure(), dir) || !local && standard(imported.Path) && !leaves(imported.Path) {
				continue
			}
			r.add(Violation{
				File: f.Name, Line: imported.Line,
				What:    fmt.Sprintf("imports %s, and contracts import %s", imported.Path, p.Dir),
				Why:     "a contract would drag it in",
				Instead: "keep to the calculating part of the standard library, or move this code to a package that no contract imports",
			})
		}
	}
}

// standard tells a package of the standard library: the first element of any other path has a dot.
func standard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}

// leaves tells a package of the standard library that reaches out of the process.
func leaves(importPath string) bool {
	if slices.Contains(parsers(), importPath) {
		return false
	}
	for _, o := range outside() {
		if importPath == o || strings.HasPrefix(importPath, o+"/") {
			return true
		}
	}
	return false
}
