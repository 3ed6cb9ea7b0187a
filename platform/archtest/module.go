package archtest

import (
	"path"
	"slices"
	"strings"
)

// Module is a folder below modules/.
type Module struct {
	Name     string
	Contract *Package // modules/<name>; nil when the folder holds no Go file
	Manifest Manifest
	tables   *schema

	// Elsewhere says that its code is in another repository, and its contract alone is here: beside the
	// contract stands ORIGIN, which banyan extract has written.
	Elsewhere bool
}

// Dir is the module's folder.
func (m *Module) Dir() string { return "modules/" + m.Name }

// discover finds the modules by their folders and reads what each says of itself.
func (t *Tree) discover(f found) {
	for _, dir := range f.dirs {
		name, ok := strings.CutPrefix(dir, "modules/")
		if !ok || strings.Contains(name, "/") {
			continue
		}
		m := &Module{Name: name, Contract: t.packages[dir], tables: t.schemaOf(name), Elsewhere: slices.Contains(f.others, dir+"/ORIGIN")}
		if m.Contract != nil {
			m.Manifest = t.readManifest(m.Contract)
		}
		t.Modules = append(t.Modules, m)
	}
}

// own are the modules whose code is here.
func (t *Tree) own() []*Module {
	return slices.DeleteFunc(slices.Clone(t.Modules), func(m *Module) bool { return m.Elsewhere })
}

func (t *Tree) module(name string) *Module {
	for _, m := range t.Modules {
		if m.Name == name {
			return m
		}
	}
	return nil
}

// place is where a folder lies in the layout.
type place struct {
	area   string // modules, platform, migrations, cmd, or another top folder; "." for the root
	name   string // its next element: the module, the platform package, the command
	inside string // what follows
}

func placeOf(dir string) place {
	parts := strings.SplitN(dir, "/", 3)
	parts = append(parts, "", "")
	return place{area: parts[0], name: parts[1], inside: parts[2]}
}

func (p place) contract() bool { return p.area == "modules" && p.inside == "" }

// wiring tells a *fx package: modules/<name>/<name>fx, or one of the platform.
func (p place) wiring() bool {
	if p.area == "modules" {
		return p.inside == p.name+"fx"
	}
	return p.area == "platform" && strings.HasSuffix(path.Base(p.name+"/"+p.inside), "fx")
}

// internal tells a folder that is, or lies below, an internal one.
func (p place) internal() bool {
	return p.inside == "internal" || strings.HasPrefix(p.inside, "internal/")
}

// layer is the folder below internal: core, store, app, httpapi or one of the module's own.
func (p place) layer() string {
	rest, _ := strings.CutPrefix(p.inside, "internal/")
	if !p.internal() {
		return ""
	}
	layer, _, _ := strings.Cut(rest, "/")
	return layer
}

// filesIn are the files of the area, tests among them.
func (t *Tree) filesIn(areas ...string) []*File {
	var files []*File
	for _, f := range t.Files {
		if slices.Contains(areas, placeOf(f.Package.Dir).area) {
			files = append(files, f)
		}
	}
	return files
}
