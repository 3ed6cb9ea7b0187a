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
// module of its own, in a folder that the go command passes over but the compiler does not.
func Analysed(t *Tree) []Violation {
	r := &review{rule: "everything is analysed", subject: "Go file"}
	r.found = slices.Clone(t.broken)
	for _, dir := range t.Nested {
		if slices.Contains(areas(), placeOf(dir).area) {
			r.add(Violation{
				File: dir + "/go.mod", Line: 1,
				What:    "makes a Go module of its own of this folder",
				Why:     "no rule reads other Go modules, and this one lies among the code that the rules are for",
				Instead: "drop the go.mod, or move the folder to the top level as tools has",
			})
		}
	}
	for _, f := range t.Files {
		r.look()
		for _, imported := range f.Imports {
			if dir, local := t.Local(imported.Path); local && t.packages[dir] == nil {
				r.add(unseen(f, imported, dir))
			}
		}
	}
	return r.done()
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
