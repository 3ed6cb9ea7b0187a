package archtest

import (
	"fmt"
	"strings"
)

// Wiring holds when fx is imported by *fx packages and cmd alone.
func Wiring(t *Tree) []Violation {
	r := &review{rule: "fx is for wiring", subject: "import of fx"}
	for _, f := range t.Files {
		for _, imported := range f.Imports {
			if !wire(imported.Path) {
				continue
			}
			r.look()
			p := placeOf(f.Package.Dir)
			if t.program(p.area) || p.wiring() {
				continue
			}
			r.add(Violation{
				File: f.Name, Line: imported.Line,
				What:    fmt.Sprintf("imports %s", imported.Path),
				Why:     "code that knows the container can be built by it only, and hides what it needs",
				Instead: "take what is needed as arguments of a constructor, and name that constructor in the module's *fx package or in cmd",
			})
		}
	}
	return r.done()
}

// wire tells a library that puts a graph together.
func wire(importPath string) bool {
	for _, w := range []string{"go.uber.org/fx", "go.uber.org/dig"} {
		if importPath == w || strings.HasPrefix(importPath, w+"/") {
			return true
		}
	}
	return false
}
