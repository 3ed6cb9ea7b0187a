package archtest

import (
	"fmt"
	"slices"
	"strings"
)

// machinery are the standard library's ways to files, to other programs, and to what the process has once
// for all parts: flags, signals, counters, profiles, the collector. Packages below these belong to them.
func machinery() []string {
	return []string{
		"expvar", "flag", "io/ioutil", "log/syslog", "net/http/pprof", "net/rpc", "os", "path/filepath", "runtime", "syscall", "testing",
		"golang.org/x/sys",
	}
}

// onDisk are functions of other packages that open files or sockets of the machine by their paths.
func onDisk() []name {
	return []name{
		{"crypto/tls", "LoadX509KeyPair"},
		{"html/template", "ParseFiles"},
		{"html/template", "ParseGlob"},
		{"net", "DialUnix"},
		{"net", "ListenUnix"},
		{"net", "ListenUnixgram"},
		{"net", "UnixAddr"},
		{"net", "ResolveUnixAddr"},
		{"net/http", "Dir"},
		{"net/http", "ServeFile"},
		{"text/template", "ParseFiles"},
		{"text/template", "ParseGlob"},
	}
}

// Machine holds when a module that runs leaves the process by its schema, its operations, its events and the
// client that it is given, and by nothing else: it opens no file and no socket of the machine, starts no
// program, and touches nothing that the process has only once.
func Machine(t *Tree) []Violation {
	r := &review{rule: "a module leaves the process by its schema, operations, events and clients", subject: "file of a module"}
	for _, f := range t.filesIn("modules") {
		if !t.runs(f) {
			continue
		}
		r.look()
		for _, imported := range f.Imports {
			if ofMachine(imported.Path) && !toldElsewhere(f, imported.Path) {
				r.add(onMachine(f, imported.Line, "imports "+imported.Path))
			}
		}
		t.each(f, onDisk(), func(line int, what string) { r.add(onMachine(f, line, "uses "+what)) })
		if slices.ContainsFunc(f.Imports, func(i Import) bool { return i.Path == "net" }) {
			t.judgeSockets(r, f)
		}
	}
	return r.done()
}

// toldElsewhere tells imports that Layers finds in core and PureContracts in a contract.
func toldElsewhere(f *File, importPath string) bool {
	at := placeOf(f.Package.Dir)
	return leaves(importPath) && (at.contract() || at.layer() == "core")
}

func ofMachine(importPath string) bool {
	return slices.ContainsFunc(machinery(), func(m string) bool { return importPath == m || strings.HasPrefix(importPath, m+"/") })
}

// judgeSockets refuses the network that is a file, where package net is at hand to dial it.
func (t *Tree) judgeSockets(r *review, f *File) {
	for _, x := range f.texts {
		switch x.string {
		case "unix", "unixgram", "unixpacket":
			r.add(onMachine(f, t.line(x.pieces[0].pos), fmt.Sprintf("names the network %q", x.string)))
		}
	}
}

func onMachine(f *File, line int, what string) Violation {
	return Violation{
		File: f.Name, Line: line,
		What:    "is code of a module that runs, and " + what,
		Why:     "what lies on the machine or is the whole process's, two modules share unseen, and nobody finds it there when one of them moves out",
		Instead: "keep it in the module's schema, or tell it by an event; embed what never changes, and let cmd read, flag, signal and profile",
	}
}
