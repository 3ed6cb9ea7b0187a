package archtest

import "fmt"

// Foundations holds when platform and migrations know no module: not its contract, nor its wiring, nor
// a command.
func Foundations(t *Tree) []Violation {
	r := &review{rule: "platform and migrations know no module", subject: "file of the platform"}
	for _, f := range t.filesIn("platform", "migrations") {
		from := placeOf(f.Package.Dir).area
		r.look()
		for _, imported := range f.Imports {
			dir, local := t.Local(imported.Path)
			to := placeOf(dir).area
			if !local || to == "platform" || to == from {
				continue
			}
			if to == "migrations" && f.Test {
				continue // a test may run the real scripts
			}
			r.add(Violation{
				File: f.Name, Line: imported.Line,
				What:    fmt.Sprintf("imports %s", dir),
				Why:     "every module stands on the platform and takes it along when it moves out; what the platform knows of one module, all would take along",
				Instead: "let the module pass a value or a function, or move this code to the module or to cmd",
			})
		}
	}
	return r.done()
}
