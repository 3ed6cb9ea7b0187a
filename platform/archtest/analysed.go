package archtest

import (
	"fmt"
	"path"
	"slices"
)

// areas are the folders whose code the rules judge.
func areas() []string {
	return []string{"cmd", "migrations", "modules", "platform"}
}

// Analysed holds when no code of the tree hides from the other rules: behind a symbolic link, in a Go
// module of its own that is not beside the areas or not named as its folder, in a folder that the go
// command passes over but the compiler does not, in a second package of one folder.
func Analysed(t *Tree) []Violation {
	r := &review{rule: "everything is analysed", subject: "Go file"}
	r.found = slices.Clone(t.broken)
	for _, f := range t.Files {
		r.look()
		for _, imported := range f.Imports {
			if dir, local := t.Local(imported.Path); local && t.packages[dir] == nil {
				r.add(unseen(f, imported, dir))
			}
		}
	}
	for _, m := range t.goMods[1:] {
		if want := t.Path + "/" + m.dir; m.path != want {
			r.add(Violation{
				File: m.dir + "/go.mod", Line: m.line,
				What:    fmt.Sprintf("calls its Go module %q, and lies in %s", m.path, m.dir),
				Why:     "the compiler's rule of internal packages and these rules go by import paths: under another name its code counts as a stranger's, or as somebody else's",
				Instead: "write module " + want,
			})
		}
	}
	for _, p := range t.packages {
		p.judgeClauses(r)
	}
	return r.done()
}

// judgeClauses finds files that make a second package of a folder, as build tags allow.
func (p *Package) judgeClauses(r *review) {
	first := p.first()
	for _, f := range p.Files {
		if f.Test || f.Syntax.Name.Name == first.Syntax.Name.Name {
			continue
		}
		r.add(Violation{
			File: f.Name, Line: 1,
			What:    fmt.Sprintf("is of package %s, in the folder of package %s", f.Syntax.Name.Name, first.Syntax.Name.Name),
			Why:     "which of the two an import means is up to tags and system, and names are judged as those of the first",
			Instead: "move the file to a folder of its own",
		})
	}
}

func unseen(f *File, imported Import, dir string) Violation {
	what := fmt.Sprintf("imports %s, a folder without Go files", dir)
	if hidden(dir) {
		what = fmt.Sprintf("imports %s, which the go command's patterns and this analysis pass over", dir)
	}
	return Violation{
		File: f.Name, Line: imported.Line, What: what,
		Why:     "code that is compiled in but not analysed obeys no rule",
		Instead: "correct the path, or move the code to a folder that is not hidden, vendor or testdata",
	}
}

func hidden(dir string) bool {
	for ; dir != "." && dir != "/"; dir = path.Dir(dir) {
		if base := path.Base(dir); base[0] == '.' || base == "testdata" || base == "vendor" {
			return true
		}
	}
	return false
}
