package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/internal/assembly"
	"github.com/banyan-commerce/banyan/platform/directory"
	"github.com/banyan-commerce/banyan/platform/module"
)

// attic is the repository of a shop with one module.
func attic(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"modules/library/library.go": `// Package library is the contract of the library module: books,
// and who has them.
package library

// Service is what others may call.
type Service interface {
	// Lend lends a book.
	//
	// It returns ErrLent.
	Lend(
		ctx context.Context,
		b Book,
	) (Loan, error)
	Count() int // of books
}

type hidden interface{ Steal() }

type Book struct{ Title string }
`,
		"modules/library/library_test.go":            "package library_test\n\n// Package library is not the contract.\n" + strings.Repeat("// line\n", 77),
		"modules/library/internal/app/app.go":        "package app\n" + strings.Repeat("// line\n", 150),
		"modules/library/internal/app/testdata/x.go": strings.Repeat("\n", 1000),
		"migrations/library/00001_library.sql":       "-- +goose Up\nCREATE TABLE book (id INT);\n",
		"docs/modules/gone.md":                       "a module that was removed",
	} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	return dir
}

func TestTheSourceTellsTheContractAndTheLines(t *testing.T) {
	t.Parallel()
	s, err := sourceOf(attic(t), library()[:1])
	require.NoError(t, err)
	require.Equal(t, directory.SourceOf{
		Summary: "Books, and who has them.",
		Methods: []directory.Method{
			{
				Interface: "Service", Name: "Lend", Signature: "Lend(ctx context.Context, b Book) (Loan, error)",
				Doc: "Lend lends a book.\n\nIt returns ErrLent.",
			},
			{Interface: "Service", Name: "Count", Signature: "Count() int"},
		},
		Lines: directory.Lines{Go: 170, Tests: 80, SQL: 2},
	}, s["library"])
}

func TestAContractThatCanNotBeReadFails(t *testing.T) {
	t.Parallel()
	for says, text := range map[string]string{
		"package comment": "package library\n",
		"embeds":          "// Package library lends.\npackage library\n\ntype Service interface{ Other }\n",
		"expected":        "package",
	} {
		dir := attic(t)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "modules/library/library.go"), []byte(text), 0o600))
		_, err := sourceOf(dir, library()[:1])
		require.ErrorContains(t, err, says)
		require.ErrorContains(t, err, "library")
	}
	_, err := sourceOf(t.TempDir(), library()[:1])
	require.Error(t, err, "there is no such folder")
}

func TestAModulesPageHasAllThatItsManifestSays(t *testing.T) {
	t.Parallel()
	manifests := library()
	manifests[0].Owner, manifests[0].Routes, manifests[0].Tables = "@library/desk", []string{"GET /v1/books"}, []string{"book"}
	manifests[1].Calls = []string{"library"}
	s, err := sourceOf(attic(t), manifests[:1])
	require.NoError(t, err)
	pages := modulePages(directory.New(manifests, s))
	require.Len(t, pages, 4)
	for _, says := range []string{
		made, "# library\n\nBooks, and who has them.\n", "Answered for by @library/desk. About 170 lines of Go, 80 of tests and 2 of SQL",
		"Calls nobody. Called by [archive](archive.md).", "Service.Lend(ctx context.Context, b Book) (Loan, error)", "It returns ErrLent.",
		"| [library.asked](../events.md#libraryasked-version-2) | v2, v1 | [archive](archive.md), [museum](museum.md) |",
		"- `GET /v1/books`", "- `book`", `m_archive -->|"calls"| m_library`,
	} {
		require.Contains(t, pages["library.md"], says)
	}
	require.Contains(t, pages["museum.md"], "| [library.asked](../events.md#libraryasked-version-2) | [library](library.md) |\n| other.event | nobody |")
	require.Contains(t, pages["museum.md"], "Nothing: it is told and tells by events alone.")
	require.Contains(t, pages["README.md"], "| [library](library.md) | Books, and who has them. | @library/desk | 170 | 80 | 2 | 2 | 1 | 1 | 1 | 0 |")
}

func TestThePageOfAModuleThatIsGoneGoes(t *testing.T) {
	t.Parallel()
	dir := attic(t)
	require.NoError(t, write(dir, map[string]string{"docs/modules/library.md": "page", ".github/CODEOWNERS": "* @a/b"}))
	pages, err := os.ReadDir(filepath.Join(dir, "docs", "modules"))
	require.NoError(t, err)
	require.Len(t, pages, 1)
	require.Equal(t, "library.md", pages[0].Name())
	require.FileExists(t, filepath.Join(dir, ".github", "CODEOWNERS"))
	require.FileExists(t, filepath.Join(dir, "modules", "library", "library.go"))
}

func TestEveryCommittedDocumentIsWhatTheCodeSays(t *testing.T) {
	t.Parallel()
	files, err := documents(root(), assembly.Manifests())
	require.NoError(t, err)
	again, err := documents(root(), assembly.Manifests())
	require.NoError(t, err)
	require.Equal(t, files, again, "the same each time")
	for name, text := range files {
		committed, err := os.ReadFile(filepath.Join(root(), name))
		require.NoError(t, err)
		require.Equal(t, strings.Split(string(committed), "\n"), strings.Split(text, "\n"), "%s: run go generate ./cmd/banyan-docs", name)
	}
	pages, err := os.ReadDir(filepath.Join(root(), modulesDir))
	require.NoError(t, err)
	require.Len(t, pages, len(assembly.Manifests())+1, "a page for each module, an overview, and nothing else")
}

func TestEveryLinkOfAModulesPageLeadsSomewhere(t *testing.T) {
	t.Parallel()
	files, err := documents(root(), assembly.Manifests())
	require.NoError(t, err)
	headings := map[string]bool{}
	for _, m := range assembly.Manifests() {
		for _, d := range m.Publishes {
			require.Contains(t, files[eventsFile], "\n## "+heading(d.Type)+"\n")
			headings[anchor(d.Type)] = true
		}
	}
	links := 0
	for name, page := range files {
		if filepath.Dir(name) != modulesDir {
			continue
		}
		for _, link := range regexp.MustCompile(`\]\(([^)#]+)(?:#([^)]+))?\)`).FindAllStringSubmatch(page, -1) {
			links++
			_, err := os.Stat(filepath.Join(root(), modulesDir, link[1]))
			require.NoError(t, err, name)
			require.True(t, link[2] == "" || headings[link[2]], "%s: %s", name, link[0])
		}
	}
	require.Greater(t, links, 50)
}

// rule is a line of CODEOWNERS.
type rule struct {
	pattern string
	owners  []string
}

// owners reads the committed file by GitHub's rules, as far as this file uses them. It refuses what
// GitHub would pass over in silence.
func owners(t *testing.T) []rule {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(), ownersFile))
	require.NoError(t, err)
	require.Less(t, len(text), 3<<20, "GitHub reads no larger file")
	var rules []rule
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		require.Regexp(t, `^(\*|/[A-Za-z0-9._/-]+)$`, words[0], "a pattern without !, [ ] and \\, which do not work there")
		for _, owner := range words[1:] {
			require.Regexp(t, `^@[A-Za-z0-9-]+/[a-z0-9-]+$`, owner)
		}
		rules = append(rules, rule{words[0], words[1:]})
	}
	return rules
}

// of answers who owns a file: the last line that matches counts, even if it names nobody.
func of(rules []rule, file string) []string {
	var last []string
	for _, r := range rules {
		if r.pattern == "*" || r.pattern == file || strings.HasSuffix(r.pattern, "/") && strings.HasPrefix(file, r.pattern) {
			last = r.owners
		}
	}
	return last
}

func TestEveryFolderOfAModuleHasTheOwnerOfItsManifest(t *testing.T) {
	t.Parallel()
	rules := owners(t)
	require.Equal(t, "*", rules[0].pattern, "first the rest, because the last line counts")
	for _, area := range []string{"modules", "migrations"} {
		folders, err := os.ReadDir(filepath.Join(root(), area))
		require.NoError(t, err)
		seen := 0
		for _, folder := range folders {
			if !folder.IsDir() {
				continue
			}
			i := slices.IndexFunc(assembly.Manifests(), func(m module.Manifest) bool { return m.Name == folder.Name() })
			require.GreaterOrEqual(t, i, 0, "%s has no manifest", folder.Name())
			require.Equal(t, []string{assembly.Manifests()[i].Owner}, of(rules, "/"+area+"/"+folder.Name()+"/some/file.go"))
			seen++
		}
		require.Len(t, assembly.Manifests(), seen, area)
	}
	for _, file := range []string{"/README.md", "/platform/bus/bus.go", "/migrations/migrations.go", "/.github/CODEOWNERS"} {
		require.Equal(t, []string{platformers}, of(rules, file))
	}
	require.Empty(t, of(rules, "/"+sourceFile), "what is generated waits for nobody")
}
