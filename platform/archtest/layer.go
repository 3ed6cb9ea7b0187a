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
			switch {
			case local && to.area == "modules" && to.name == from.name && slices.Contains(above(from.layer()), to.layer()):
				r.add(upwards(f, imported, from, to))
			case from.layer() == "core" && t.reachesOut(imported.Path):
				r.add(impure(f, imported))
			}
		}
	}
	return r.done()
}

func upwards(f *File, imported Import, from, to place) Violation {
	return Violation{
		File: f.Name, Line: imported.Line,
		What:    fmt.Sprintf("is in %s and imports %s", from.layer(), to.layer()),
		Why:     "a reader follows one request downwards, httpapi -> app -> store, with core beside them, and without a jump",
		Instead: "move the code to the layer that may have it, or pass the value down as an argument",
	}
}

func impure(f *File, imported Import) Violation {
	return Violation{
		File: f.Name, Line: imported.Line,
		What:    fmt.Sprintf("is in core and imports %s", imported.Path),
		Why:     "core holds the rules; without I/O they are tested by tables and hold on any engine",
		Instead: "let app or store do it and pass the result in",
	}
}

// reachesOut tells what core may not import: ways out of the process, drivers, and all of the platform
// but its pure packages.
func (t *Tree) reachesOut(importPath string) bool {
	if dir, local := t.Local(importPath); local {
		return placeOf(dir).area == "platform" && !slices.Contains(pure(), dir)
	}
	if standard(importPath) {
		return leaves(importPath)
	}
	return wire(importPath) || slices.ContainsFunc(drivers(), func(d string) bool {
		return importPath == d || strings.HasPrefix(importPath, d+"/")
	})
}
