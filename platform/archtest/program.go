package archtest

// runs tells a file that goes into a program: no test, in a package that a package main takes along, or
// in one of a module, which a program may take along tomorrow. Harnesses that tests alone import are
// written without the ending _test.go, and go into none.
func (t *Tree) runs(f *File) bool { return !f.Test && t.running[f.Package.Dir] }

// findPrograms finds the packages that the programs of the tree take along, by the imports of files that are
// no tests, for any system and tag.
func (t *Tree) findPrograms() {
	t.running = map[string]bool{}
	support := t.support()
	for dir, p := range t.packages {
		if placeOf(dir).area == "modules" && !support[p] {
			t.take(dir)
		}
		for _, f := range p.Files {
			if !f.Test && f.Syntax.Name.Name == "main" {
				t.take(dir)
			}
		}
	}
}

func (t *Tree) take(dir string) {
	if t.running[dir] || t.packages[dir] == nil {
		return
	}
	t.running[dir] = true
	for _, f := range t.packages[dir].Files {
		for _, imported := range f.Imports {
			if to, local := t.Local(imported.Path); local && !f.Test {
				t.take(to)
			}
		}
	}
}

// program tells code that puts parts together: a command, or a Go module of its own beside the areas.
func (t *Tree) program(area string) bool {
	for _, dir := range t.Nested {
		if dir == area {
			return true
		}
	}
	return area == "cmd"
}
