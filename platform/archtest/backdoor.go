package archtest

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// Backdoors holds when nothing goes round the compiler, by which modules are kept apart: no symbol of
// another package is linked to, no memory read past its type, no C, assembler or object file compiled
// along, no code loaded at run time, and no folder put in the place of another package. In the modules'
// code that runs, nothing is called by reflection either. Tests are no exception, but for reflection.
func Backdoors(t *Tree) []Violation {
	r := &review{rule: "nothing goes round the compiler", subject: "Go file"}
	for _, f := range t.Files {
		r.look()
		t.judgeDirectives(r, f)
		for _, imported := range f.Imports {
			if v, bad := t.roundCompiler(f, imported); bad {
				v.File, v.Line = f.Name, imported.Line
				r.add(v)
			}
		}
	}
	for _, name := range t.beside {
		r.add(compiledAlong(name))
	}
	for _, m := range t.goMods {
		t.judgeReplacements(r, m)
	}
	return r.done()
}

// judgeDirectives finds //go:linkname, which the compiler obeys wherever the comment stands.
func (t *Tree) judgeDirectives(r *review, f *File) {
	for _, group := range f.Syntax.Comments {
		for _, comment := range group.List {
			rest, ok := strings.CutPrefix(comment.Text, "//go:linkname")
			if !ok || rest != "" && rest[0] != ' ' && rest[0] != '\t' {
				continue
			}
			words := strings.Fields(rest)
			r.add(Violation{
				File: f.Name, Line: t.line(comment.Pos()),
				What:    "links by go:linkname to " + strings.Join(words[:min(len(words), 2)], " "),
				Why:     "the linker gives what another package keeps to itself, and neither the compiler nor an import shows it",
				Instead: "import the package; what it doesn't export it doesn't offer",
			})
		}
	}
}

func (t *Tree) roundCompiler(f *File, imported Import) (Violation, bool) {
	v := Violation{What: "imports " + imported.Path}
	switch imported.Path {
	case "unsafe":
		v.Why = "unexported fields of any type are in reach"
		v.Instead = "use what the type's package exports"
	case "C":
		v.Why = "C reaches all of the process's memory, and builds need a compiler and libraries of the machine"
		v.Instead = "write it in Go, or run it as a program of its own"
	case "plugin":
		v.Why = "what is loaded at run time was in no source that could be judged"
		v.Instead = "import the package, and let cmd put it in place"
	case "reflect":
		v.What = fmt.Sprintf("is code of module %s that runs, and imports reflect", placeOf(f.Package.Dir).name)
		v.Why = "what is found by a name at run time can be another module's, and no search for uses finds it"
		v.Instead = "write the types out; tests may reflect"
		return v, placeOf(f.Package.Dir).area == "modules" && t.runs(f)
	default:
		return v, false
	}
	return v, true
}

// compiled are the endings of files that the go command hands to other compilers or to the linker when
// they lie beside Go files: those of go/build's Package.
func compiled() []string {
	return []string{
		".c", ".cc", ".cpp", ".cxx", ".m", ".h", ".hh", ".hpp", ".hxx", ".f", ".F", ".for", ".f90",
		".s", ".S", ".sx", ".swig", ".swigcxx", ".syso",
	}
}

// noteBeside keeps the name of a file that is no Go and takes part in the build.
func (t *Tree) noteBeside(name string) {
	if path.Base(name) == "go.work" || slices.Contains(compiled(), path.Ext(name)) {
		t.beside = append(t.beside, name)
	}
}

func compiledAlong(name string) Violation {
	if path.Base(name) == "go.work" {
		return Violation{
			File: name, Line: 1,
			What:    "is a workspace",
			Why:     "it puts folders in the place of packages for whoever builds below it, and the build of everybody else differs",
			Instead: "drop it; Go modules beside the root replace the root by .. in their own go.mod",
		}
	}
	return Violation{
		File: name, Line: 1,
		What:    fmt.Sprintf("is a file %s, which the go command compiles or links along", path.Ext(name)),
		Why:     "assembler, C and object files call any function by its symbol, past the compiler and past these rules",
		Instead: "write it in Go",
	}
}

// judgeReplacements allows one replacement by a folder: that of the root, in a Go module beside the areas.
func (t *Tree) judgeReplacements(r *review, m goMod) {
	for _, replaced := range m.replaces {
		root := replaced.old == t.Path
		if !root && !replaced.folder() {
			continue // another version, or a fork that is fetched and summed
		}
		if root && m.dir != "." && path.Clean(replaced.new) == ".." {
			continue
		}
		r.add(Violation{
			File: path.Join(m.dir, "go.mod"), Line: replaced.line,
			What:    fmt.Sprintf("replaces %s by %s", replaced.old, replaced.new),
			Why:     "a folder under another's import path passes for it, past the compiler's rule of internal packages and past go.sum",
			Instead: "require a version; a Go module beside the root may replace the root itself by ..",
		})
	}
}
