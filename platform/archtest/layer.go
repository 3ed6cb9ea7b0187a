package archtest

import (
	"fmt"
	"slices"
	"strings"
)

// above names, for each layer, those that it may not import: a request goes httpapi -> app -> store,
// with core beside them.
func above(layer string) []string {
	switch layer {
	case "core":
		return []string{"store", "app", "httpapi"}
	case "store":
		return []string{"app", "httpapi"}
	case "app":
		return []string{"httpapi"}
	case "httpapi":
		return []string{"store"} // reached by way of app, where transactions begin and end
	}
	return nil
}

// drivers are libraries that leave the process or serve what comes in.
func drivers() []string {
	return []string{
		"github.com/caarlos0/env", "github.com/danielgtaylor/huma", "github.com/go-sql-driver/mysql", "github.com/jmoiron/sqlx",
		"github.com/labstack/echo", "github.com/pressly/goose", "github.com/prometheus", "github.com/spf13/cobra",
		"modernc.org/sqlite",
	}
}

// Layers holds when the packages inside a module import downwards only, and core does no I/O.
func Layers(t *Tree) []Violation {
	r := &review{rule: "requests go downwards", subject: "file inside a module"}
	for _, f := range t.filesIn("modules") {
		from := placeOf(f.Package.Dir)
		if from.layer() == "" {
			continue
		}
		r.look()
		for _, imported := range f.Imports {
			dir, local := t.Local(imported.Path)
			to := placeOf(dir)
			own := local && to.area == "modules" && to.name == from.name
			layer, up := t.upFrom(f, from, dir)
			switch by := ""; {
			case own && up:
				r.add(upwards(f, imported, from, layer))
			case from.layer() != "core":
			case !own && t.reachesOut(imported.Path, f.Test):
				r.add(impure(f, imported, ""))
			case own && !f.Test && t.wayOut(dir, map[string]bool{}, &by):
				r.add(impure(f, imported, " and by it "+by))
			}
		}
	}
	return r.done()
}

func upwards(f *File, imported Import, from place, layer string) Violation {
	return Violation{
		File: f.Name, Line: imported.Line,
		What:    fmt.Sprintf("is in %s and imports %s", from.layer(), layer),
		Why:     "a reader follows one request downwards, httpapi -> app -> store, with core beside them, and without a jump",
		Instead: "move the code to the layer that may have it, or pass the value down as an argument",
	}
}

func impure(f *File, imported Import, by string) Violation {
	return Violation{
		File: f.Name, Line: imported.Line,
		What:    fmt.Sprintf("is in core and imports %s%s", imported.Path, by),
		Why:     "core holds the rules; without I/O they are tested by tables and hold on any engine",
		Instead: "let app or store do it and pass the result in",
	}
}

// upFrom is the layer above, if any, that an import of a module's own package brings within reach. A test
// may reach it by the packages that support tests.
func (t *Tree) upFrom(f *File, from place, dir string) (string, bool) {
	for _, layer := range above(from.layer()) {
		if layer == placeOf(dir).layer() || !f.Test && t.layersBehind(dir)[layer] {
			return layer, true
		}
	}
	return "", false
}

// layersBehind are a package's layer, and those behind it when it is none of the four.
func (t *Tree) layersBehind(dir string) map[string]bool {
	behind, seen := map[string]bool{}, map[string]bool{}
	var follow func(dir string)
	follow = func(dir string) {
		layer := placeOf(dir).layer()
		if layer == "" || seen[dir] {
			return
		}
		seen[dir] = true
		behind[layer] = true
		if len(above(layer)) > 0 || t.packages[dir] == nil {
			return
		}
		for _, f := range t.packages[dir].Files {
			for _, imported := range f.Imports {
				if to, local := t.Local(imported.Path); local && !f.Test && placeOf(to).name == placeOf(dir).name {
					follow(to)
				}
			}
		}
	}
	follow(dir)
	return behind
}

// wayOut tells whether a package of the module's own reaches out, for core to import it, and by what. The
// contract and core's own packages are judged where they stand.
func (t *Tree) wayOut(dir string, seen map[string]bool, way *string) bool {
	p := placeOf(dir)
	if seen[dir] || t.packages[dir] == nil || p.contract() || p.layer() == "core" {
		return false
	}
	seen[dir] = true
	for _, f := range t.packages[dir].Files {
		for _, imported := range f.Imports {
			to, local := t.Local(imported.Path)
			switch own := local && placeOf(to).area == "modules"; {
			case f.Test:
			case own && t.wayOut(to, seen, way):
				return true
			case !own && t.reachesOut(imported.Path, false):
				*way = imported.Path
				return true
			}
		}
	}
	return false
}

// calculating are the libraries that core may import: they take values and return values.
func calculating() []string { return []string{"golang.org/x/text"} }

// reachesOut tells what core may not import: ways out of the process, all of the platform but its pure
// packages, and libraries that are not known to calculate only. Its tests may import any that are no
// drivers.
func (t *Tree) reachesOut(importPath string, test bool) bool {
	if dir, local := t.Local(importPath); local {
		return placeOf(dir).area == "platform" && !slices.Contains(pure(), dir)
	}
	if standard(importPath) {
		return leaves(importPath)
	}
	known := drivers()
	if !test {
		known = calculating()
	}
	among := slices.ContainsFunc(known, func(d string) bool { return importPath == d || strings.HasPrefix(importPath, d+"/") })
	return among == test || test && wire(importPath)
}
