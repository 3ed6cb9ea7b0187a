package archtest

import "fmt"

// ModuleImports holds when a module sees others only through their contracts, and when the wiring of a
// module is imported by cmd alone.
func ModuleImports(t *Tree) []Violation {
	r := &review{rule: "modules import contracts only", subject: "import of a module"}
	for _, f := range t.Files {
		from := placeOf(f.Package.Dir)
		for _, imported := range f.Imports {
			dir, local := t.Local(imported.Path)
			to := placeOf(dir)
			if !local || to.area != "modules" && to.area != "cmd" {
				continue
			}
			r.look()
			if v, bad := judgeImport(from, to, dir, f.Package.Dir); bad {
				v.File, v.Line = f.Name, imported.Line
				r.add(v)
			}
		}
	}
	return r.done()
}

func judgeImport(from, to place, dir, own string) (Violation, bool) {
	sameModule := from.area == "modules" && from.name == to.name
	switch {
	case dir == own: // its external tests
	case to.area == "cmd":
		return Violation{
			What:    fmt.Sprintf("imports %s", dir),
			Why:     "cmd puts the parts together; a part that knows it can't be put together otherwise, nor moved out",
			Instead: "take what you need as an argument and let cmd pass it",
		}, from.area != "cmd"
	case to.wiring():
		return Violation{
			What:    fmt.Sprintf("imports %s, the wiring of module %s", dir, to.name),
			Why:     "wiring reaches into internals; whoever imports it has the module's insides in reach",
			Instead: "import modules/" + to.name + ", and let cmd put the graph together",
		}, from.area != "cmd"
	case sameModule || to.contract():
	case to.internal():
		return Violation{
			What:    fmt.Sprintf("imports %s, the inside of module %s", dir, to.name),
			Why:     "a module whose insides are known to others can't change them, nor move to a process of its own",
			Instead: "use what its contract modules/" + to.name + " offers, or hear its events; if something is missing there, add it to the contract",
		}, true
	default:
		return Violation{
			What:    fmt.Sprintf("imports %s, which is not the contract of module %s", dir, to.name),
			Why:     "all that others may know of a module stands in one package, so that it can be judged and served over a wire",
			Instead: "use modules/" + to.name,
		}, from.area != "cmd"
	}
	return Violation{}, false
}
