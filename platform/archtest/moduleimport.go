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
			if !local || to.area != "modules" && to.area != "cmd" && from.area != "modules" {
				continue
			}
			r.look()
			if v, bad := t.judgeImport(f, from, to, dir); bad {
				v.File, v.Line = f.Name, imported.Line
				r.add(v)
			}
		}
	}
	return r.done()
}

func (t *Tree) judgeImport(f *File, from, to place, dir string) (Violation, bool) {
	puts := t.program(from.area)
	sameModule := from.area == "modules" && from.name == to.name
	switch {
	case dir == f.Package.Dir: // its external tests
	case to.area == "platform", to.area == "migrations" && f.Test:
	case to.area == "cmd":
		return Violation{
			What:    fmt.Sprintf("imports %s", dir),
			Why:     "cmd puts the parts together; a part that knows it can't be put together otherwise, nor moved out",
			Instead: "take what you need as an argument and let cmd pass it",
		}, !puts
	case to.area != "modules" || to.name == "":
		return Violation{
			What:    fmt.Sprintf("imports %s, which is no module and not of the platform", dir),
			Why:     "code between the modules passes on what one may not have of the other, and no rule is for it",
			Instead: "move the code to the platform, where it knows no module, or to the module itself",
		}, true
	case to.wiring():
		return Violation{
			What:    fmt.Sprintf("imports %s, the wiring of module %s", dir, to.name),
			Why:     "wiring reaches into internals; whoever imports it has the module's insides in reach",
			Instead: "import modules/" + to.name + ", and let cmd put the graph together",
		}, !puts
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
		}, !puts
	}
	return Violation{}, false
}
