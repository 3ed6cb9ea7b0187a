package extract_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/internal/extract"
)

func TestWhatAModuleNeedsGoesAlongAndNothingElse(t *testing.T) {
	t.Parallel()
	files, told, err := taken(t, extract.Options{Module: "sales", From: checkout(t, nil)})
	require.NoError(t, err)
	for _, name := range []string{
		"modules/sales/internal/app/app.go", "modules/sales/salesfx/module.go", "migrations/sales/1.sql",
		"modules/stock/service.go", "modules/stock/stockfx/remote.go", "modules/stock/testdata/events/stock.gone.v1.json",
		"examples/feed.csv", "platform/unix/unix_plan9.go", "platform/unix/testdata/a/b.x", "cmd/banyan/main.go", "cmd/banyan/alone/main_test.go",
		"cmd/banyan/alone/sales_test.go", "cmd/banyan-test/main.go", "arch_test.go", "LICENSE", "README.md", "Makefile", "ORIGIN",
	} {
		require.Contains(t, names(files), name)
	}
	for _, name := range []string{
		"platform/unused/unused.go", "modules/stock/stockfx/module.go", "migrations/stock/1.sql", "modules/post/manifest.go",
		"cmd/banyan/deliver.go", "cmd/banyan/run_test.go", "cmd/banyan/alone/stock_test.go", "modules/sales/ORIGIN",
	} {
		require.NotContains(t, names(files), name)
	}
	without, _, err := taken(t, extract.Options{Module: "stock", From: checkout(t, nil)})
	require.NoError(t, err)
	require.NotContains(t, names(without), "examples/feed.csv", "nothing of stock reads it")
	require.Contains(t, files["modules/stock/ORIGIN"], "example.com/shop/modules/stock\ncommit ")
	require.Contains(t, told, "cmd/banyan/deliver.go")
}

func names(files map[string]string) []string { return slices.Sorted(maps.Keys(files)) }

func TestImportsAreRewrittenAndNoOtherText(t *testing.T) {
	t.Parallel()
	files, _, err := taken(t, extract.Options{Module: "sales", From: checkout(t, nil), Path: "example.org/sales"})
	require.NoError(t, err)
	app := files["modules/sales/internal/app/app.go"]
	require.Contains(t, app, `"example.org/sales/modules/stock"`)
	require.Contains(t, app, `// The path example.com/shop/modules in a comment`)
	require.Contains(t, app, `const Text = "example.com/shopping/modules"`)
	require.Contains(t, files["platform/unix/tool.go"], `"example.com/shopping/list"`)
	require.Contains(t, files["platform/unix/testdata/a/b.go"], `"example.com/shop/platform/nowhere"`, "testdata is no code")
	require.Equal(t, "module example.org/sales\n\ngo 1.26.0\n", files["go.mod"])
	require.Equal(t, "module example.org/sales/tools\n\ngo 1.26.0\n", files["tools/go.mod"])
	require.Contains(t, files[".golangci.yml"], "prefix(example.org/sales)")
}

func TestTheListOfModulesAndTheCommandsAreOfWhatIsThere(t *testing.T) {
	t.Parallel()
	files, _, err := taken(t, extract.Options{Module: "sales", From: checkout(t, nil)})
	require.NoError(t, err)
	require.Contains(t, files["cmd/internal/assembly/modules.go"], `		{Manifest: module.Manifest{Name: "post"}},
		{Manifest: sales.Manifest(), wiring: salesfx.Module()},
		{Manifest: stock.Manifest(), remote: stockfx.Remote()},
`)
	require.NotContains(t, files["cmd/internal/assembly/modules.go"], "postSettings")
	require.Contains(t, files["cmd/banyan/main.go"], "run(assembly.Names(), assembly.Names())")
	require.NotContains(t, files["cmd/internal/assembly/source.json"], "Sends.")
}

func TestTheSameCommitMakesTheSameBytes(t *testing.T) {
	t.Parallel()
	root := checkout(t, nil)
	first, _, err := taken(t, extract.Options{Module: "stock", From: root})
	require.NoError(t, err)
	second, _, err := taken(t, extract.Options{Module: "stock", From: filepath.Join(root, "modules", "post")})
	require.NoError(t, err)
	require.Equal(t, first, second)
}

func TestChangesThatNoCommitHasAreNotTakenUnasked(t *testing.T) {
	t.Parallel()
	root := checkout(t, nil)
	write(t, filepath.Join(root, "modules/post/postfx/new.go"), "package postfx\n")
	_, _, err := taken(t, extract.Options{Module: "sales", From: root})
	require.NoError(t, err, "what stays may be as it likes")

	write(t, filepath.Join(root, "modules/sales/new.go"), "package sales\n")
	files, _, err := taken(t, extract.Options{Module: "sales", From: root})
	require.ErrorIs(t, err, extract.ErrUnsettled)
	require.ErrorContains(t, err, "modules/sales/new.go")
	require.Empty(t, files)

	files, _, err = taken(t, extract.Options{Module: "sales", From: root, Dirty: true})
	require.NoError(t, err)
	require.Contains(t, names(files), "modules/sales/new.go")
	require.Contains(t, files["ORIGIN"], "with changes that it does not have")

	require.NoError(t, os.Remove(filepath.Join(root, "modules/sales/new.go")))
	require.NoError(t, os.Remove(filepath.Join(root, "platform/unix/unix_plan9.go")))
	_, _, err = taken(t, extract.Options{Module: "sales", From: root})
	require.ErrorIs(t, err, extract.ErrUnsettled)
	require.ErrorContains(t, err, "platform/unix/unix_plan9.go")
}

func TestAFolderWithoutGitIsTakenAsItIs(t *testing.T) {
	t.Parallel()
	root := checkout(t, nil)
	require.NoError(t, os.RemoveAll(filepath.Join(root, ".git")))
	files, _, err := taken(t, extract.Options{Module: "sales", From: root})
	require.NoError(t, err)
	require.Contains(t, files["ORIGIN"], "commit unknown")
	require.Contains(t, names(files), "modules/sales/manifest.go")
}

func TestWhatCannotBeExtractedIsSaidBeforeAnythingIsWritten(t *testing.T) {
	t.Parallel()
	root, empty := checkout(t, nil), t.TempDir()
	full := t.TempDir()
	write(t, filepath.Join(full, "mine.txt"), "mine")
	extracted := filepath.Join(t.TempDir(), "sales")
	_, _, err := taken(t, extract.Options{Module: "sales", From: root, To: extracted})
	require.NoError(t, err)
	for name, try := range map[string]struct {
		extract.Options

		is   error
		says string
	}{
		"no checkout":      {extract.Options{Module: "sales", From: empty}, extract.ErrNoTrunk, "--from"},
		"unknown":          {extract.Options{Module: "sale", From: root}, extract.ErrNoModule, "there are post, sales, stock"},
		"elsewhere":        {extract.Options{Module: "stock", From: extracted}, extract.ErrNoModule, "the contract of stock alone"},
		"bad path":         {extract.Options{Module: "sales", From: root, Path: "sales"}, extract.ErrPath, `"sales"`},
		"not empty":        {extract.Options{Module: "sales", From: root, To: full}, extract.ErrNotEmpty, "mine.txt"},
		"inside the trunk": {extract.Options{Module: "sales", From: root, To: filepath.Join(root, "out")}, nil, "choose a folder outside"},
	} {
		_, _, err := taken(t, try.Options)
		require.ErrorContains(t, err, try.says, name)
		if try.is != nil {
			require.ErrorIs(t, err, try.is, name)
		}
	}
	require.Equal(t, map[string]string{"mine.txt": "mine"}, read(t, full))
}

func TestCodeThatDoesNotComeApartIsNamed(t *testing.T) {
	t.Parallel()
	for name, try := range map[string]struct{ file, text, says string }{
		"inside of a neighbour": {
			"modules/sales/internal/app/peek.go", "package app\n\nimport _ \"example.com/shop/modules/stock/internal/store\"\n",
			"modules/sales/internal/app/peek.go imports store of stock",
		},
		"client with an inside": {
			"modules/stock/stockfx/remote.go", "package stockfx\n\nimport _ \"example.com/shop/modules/stock/internal/store\"\n\nfunc Remote() int { return 1 }\n",
			"modules/stock/stockfx/remote.go imports store of stock",
		},
		"program that needs what stays": {
			"cmd/banyan/other.go", "package main\n\nfunc other() int { return deliver(3) }\n",
			"cmd/banyan/other.go: line 3 needs deliver",
		},
		"text with the path": {
			"platform/unix/text.go", "package unix\n\nconst Prefix = \"example.com/shop/platform.\"\n",
			"platform/unix/text.go: line 3 has the trunk's module path in a text",
		},
		"list that can't be read": {
			"cmd/internal/assembly/modules.go", "package assembly\n\nfunc modules() []int { return nil }\n", "the list has 0 modules, and there are 3",
		},
	} {
		root := checkout(t, map[string]string{"modules/stock/internal/store/store.go": "package store\n", try.file: try.text})
		files, _, err := taken(t, extract.Options{Module: "sales", From: root})
		require.ErrorIs(t, err, extract.ErrTangled, name)
		require.ErrorContains(t, err, try.says, name)
		require.Empty(t, files)
	}
}
