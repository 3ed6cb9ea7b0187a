package extract_test

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/internal/extract"
)

// smallShop is a checkout as small as can be: sales calls stock and hears it, stock hears sales, and post has to
// do with nobody.
func smallShop() map[string]string {
	files := map[string]string{
		"go.mod": "module example.com/shop\n\ngo 1.26.0\n", "go.sum": "", "LICENSE": "All may.\n", ".gitignore": "/bin/\n",
		"tools/go.mod": "module example.com/shop/tools\n\ngo 1.26.0\n", "tools/go.sum": "",
		".golangci.yml": "sections:\n  - prefix(example.com/shop)\n",
		"arch_test.go":  "package shop_test\n",

		"platform/module/module.go": `package module

import "example.com/shop/platform/event"

type Manifest struct {
	Name, Owner    string
	Calls, Listens []string
	Publishes      []event.Definition
	Routes, Tables []string
}
`,
		"platform/event/event.go": `package event

type Type struct {
	Name    string
	Version int
}

type Event interface{ EventType() Type }

type Definition struct{ Sample Event }

func Define(e Event) Definition { return Definition{e} }
`,
		"platform/unused/unused.go":     "package unused\n",
		"platform/unix/unix_plan9.go":   "package unix\n\nconst Here = false\n",
		"platform/unix/unix.go":         "//go:build !plan9\n\npackage unix\n\nconst Here = true\n",
		"platform/unix/tool.go":         "//go:build ignore\n\npackage main\n\nimport _ \"example.com/shopping/list\"\n",
		"platform/unix/testdata/a/b.go": "package kept\n\nimport _ \"example.com/shop/platform/nowhere\"\n",
		"platform/unix/testdata/a/b.x":  "kept\n",
		"migrations/migrations.go":      "package migrations\n",
		"migrations/sales/1.sql":        "-- +goose Up\n", "migrations/stock/1.sql": "-- +goose Up\n",

		"modules/sales/internal/app/app.go": `package app

import (
	"example.com/shop/modules/stock"
	"example.com/shop/platform/unix"
)

// The path example.com/shop/modules in a comment stays as it is, and so does what only looks like it.
const Text = "example.com/shopping/modules"

func Call(s stock.Service) bool { return unix.Here }
`,
		"modules/sales/salesfx/module.go": "package salesfx\n\nimport _ \"example.com/shop/modules/sales/internal/app\"\n\nfunc Module() int { return 1 }\n",
		"modules/stock/service.go":        "package stock\n\ntype Service interface{ Reserve() }\n",
		"modules/stock/stockfx/remote.go": "package stockfx\n\nimport _ \"example.com/shop/modules/stock\"\n\nfunc Remote() int { return 1 }\n",
		"modules/stock/stockfx/module.go": "package stockfx\n\nfunc Module() int { return 1 }\n",
		"modules/post/postfx/module.go":   "package postfx\n\nfunc Module() int { return 1 }\n",

		"examples/feed.csv":                                "id\n",
		"modules/sales/internal/app/import_test.go":        "package app\n\nconst feed = \"../../../../examples/feed.csv\"\n",
		"modules/stock/testdata/events/stock.gone.v1.json": "{}\n",

		"cmd/internal/assembly/source.json": `{"sales": {"summary": "Sells."}, "stock": {"summary": "Keeps."}, "post": {"summary": "Sends."}}`,
		"cmd/internal/assembly/modules.go": `package assembly

import (
	"example.com/shop/modules/post"
	"example.com/shop/modules/post/postfx"
	"example.com/shop/modules/sales"
	"example.com/shop/modules/sales/salesfx"
	"example.com/shop/modules/stock"
	"example.com/shop/modules/stock/stockfx"
	"example.com/shop/platform/module"
)

type hosted struct {
	module.Manifest

	wiring, remote int
	settings       func() int
}

func modules() []hosted {
	return []hosted{
		{Manifest: post.Manifest(), wiring: postfx.Module(), settings: postSettings},
		{Manifest: sales.Manifest(), wiring: salesfx.Module()},
		{Manifest: stock.Manifest(), wiring: stockfx.Module(), remote: stockfx.Remote()},
	}
}

// postSettings are post's.
func postSettings() int { return 2 }

func Names() int { return len(modules()) }
`,
		"cmd/banyan/main.go":      "package main\n\nimport \"example.com/shop/cmd/internal/assembly\"\n\nfunc run(...int) {}\n\nfunc main() { run(assembly.Names(), deliver(1), assembly.Names()) }\n",
		"cmd/banyan/deliver.go":   "package main\n\nimport \"example.com/shop/modules/post/postfx\"\n\nfunc deliver(int) int { return postfx.Module() }\n",
		"cmd/banyan/run_test.go":  "package main\n",
		"cmd/banyan-test/main.go": "package main\n\nimport _ \"example.com/shop/migrations\"\n\nfunc main() {}\n",

		"cmd/banyan/alone/sales_test.go": "package alone_test\n", "cmd/banyan/alone/stock_test.go": "package alone_test\n",
		"cmd/banyan/alone/main_test.go": "package alone_test\n",
	}
	for name, says := range map[string]string{
		"sales": `Calls: []string{"stock"}, Listens: []string{"stock.gone"}`, "stock": "Publishes: []event.Definition{event.Define(Gone{})}", "post": "",
	} {
		files["modules/"+name+"/manifest.go"] = "package " + name + `

import (
	"example.com/shop/platform/event"
	"example.com/shop/platform/module"
)

type Gone struct{}

func (Gone) EventType() event.Type { return event.Type{Name: "` + name + `.gone", Version: 1} }

func Manifest() module.Manifest {
	return module.Manifest{Name: "` + name + `", Owner: "@shop/` + name + `", ` + says + `}
}
`
	}
	return files
}

// checkout writes a shop with changes to it, an empty text being a file that is not there, and commits it.
func checkout(t *testing.T, changes map[string]string) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "shop")
	files := smallShop()
	for name, text := range changes {
		files[name] = text
	}
	for name, text := range files {
		write(t, filepath.Join(root, name), text)
	}
	git(t, root, "init", "-q")
	git(t, root, "add", "-A")
	git(t, root, "-c", "user.name=Kim", "-c", "user.email=kim@example.com", "commit", "-q", "-m", "Open the shop")
	return root
}

func write(t *testing.T, file, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o750))
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
}

func git(t *testing.T, root string, args ...string) {
	t.Helper()
	text, err := exec.CommandContext(t.Context(), "git", append([]string{"-C", root}, args...)...).CombinedOutput()
	require.NoError(t, err, "%s", text)
}

// taken extracts a module of a checkout, and answers what was written and what was told.
func taken(t *testing.T, o extract.Options) (files map[string]string, told string, err error) {
	t.Helper()
	var said bytes.Buffer
	o.Told = &said
	if o.To == "" {
		o.To = filepath.Join(t.TempDir(), "out")
	}
	err = extract.Run(t.Context(), o)
	return read(t, o.To), said.String(), err
}

func read(t *testing.T, root string) map[string]string {
	t.Helper()
	files := map[string]string{}
	if _, err := os.Stat(root); err != nil {
		return files
	}
	require.NoError(t, filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		files[strings.TrimPrefix(filepath.ToSlash(name), filepath.ToSlash(root)+"/")] = string(text)
		return err
	}))
	return files
}
