package archtest

import (
	"fmt"
	"strings"
)

// Remotes holds when wiring and cmd alone know that a module may run in another process: nothing else in
// modules or the platform, tests apart, imports platform/remote, and none but that the library beneath it.
func Remotes(t *Tree) []Violation {
	r := &review{rule: "where a module runs is known to wiring", subject: "import of platform/remote"}
	for _, f := range t.Files {
		p := placeOf(f.Package.Dir)
		own := p.area == "platform" && p.name == "remote"
		for _, imported := range f.Imports {
			dir, _ := t.Local(imported.Path)
			carries := dir == "platform/remote" || strings.HasPrefix(dir, "platform/remote/")
			if carries {
				r.look()
			}
			below := imported.Path == "connectrpc.com/connect" || strings.HasPrefix(imported.Path, "connectrpc.com/")
			if f.Test || own || !carries && !below || carries && (t.program(p.area) || p.wiring()) {
				continue
			}
			r.add(Violation{
				File: f.Name, Line: imported.Line,
				What:    fmt.Sprintf("imports %s", imported.Path),
				Why:     "code that knows of a wire works differently where there is none, so that moving a module changes its neighbours",
				Instead: "call the contract's interface; its *fx package says, by platform/remote, how it is called from afar",
			})
		}
	}
	return r.done()
}
