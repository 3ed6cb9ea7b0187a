package extract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/banyan-commerce/banyan/platform/archtest"
)

// trunk is a checkout.
type trunk struct {
	root    string
	path    string // its module path
	tree    *archtest.Tree
	files   []string        // below the root, with slashes, sorted; those that git ignores are not among them
	commit  string          // empty where git knows none
	changed map[string]bool // files that differ from it
	deleted []string        // files that it has, and the checkout has not
}

// listFile holds the one list of modules. A folder with it, below a go.mod, is a checkout.
const listFile = "cmd/internal/assembly/modules.go"

func readTrunk(ctx context.Context, from string) (*trunk, error) {
	root, err := findRoot(from)
	if err != nil {
		return nil, err
	}
	t := &trunk{root: root, changed: map[string]bool{}}
	if t.tree, err = archtest.Load(root); err != nil {
		return nil, fmt.Errorf("read %s: %w", root, err)
	}
	t.path = t.tree.Path
	if err := t.ask(ctx); err != nil {
		return nil, err
	}
	slices.Sort(t.files)
	return t, nil
}

// findRoot goes up from a folder to the root of a checkout.
func findRoot(from string) (string, error) {
	if from == "" {
		from = "."
	}
	dir, err := filepath.Abs(from)
	if err != nil {
		return "", err
	}
	for at := dir; ; at = filepath.Dir(at) {
		_, noModule := os.Stat(filepath.Join(at, "go.mod"))
		_, noList := os.Stat(filepath.Join(at, filepath.FromSlash(listFile)))
		if noModule == nil && noList == nil {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("%s: %w (no folder from there upwards has go.mod and %s): run it in one, or name one by --from", dir, ErrNoTrunk, listFile)
		}
	}
}

// ask has git tell what belongs to the checkout. Where it does not answer, all files do.
func (t *trunk) ask(ctx context.Context) error {
	commit, err := t.git(ctx, "rev-parse", "HEAD")
	if err != nil {
		return t.walk()
	}
	t.commit = strings.TrimSpace(commit)
	names, err := t.git(ctx, append([]string{"ls-files", "-z", "--cached", "--others", "--exclude-standard", "--"}, copied()...)...)
	if err != nil {
		return err
	}
	for name := range strings.SplitSeq(strings.TrimRight(names, "\x00"), "\x00") {
		if _, err := os.Lstat(filepath.Join(t.root, filepath.FromSlash(name))); err != nil {
			t.deleted = append(t.deleted, name)
			continue
		}
		t.files = append(t.files, name)
	}
	return t.askChanges(ctx)
}

// askChanges notes which files differ from the commit. Git tells paths below the repository's root, which may be
// above the checkout's.
func (t *trunk) askChanges(ctx context.Context) error {
	above, err := t.git(ctx, "rev-parse", "--show-prefix")
	if err != nil {
		return err
	}
	status, err := t.git(ctx, "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all")
	for entry := range strings.SplitSeq(status, "\x00") {
		if _, name, ok := strings.Cut(strings.TrimLeft(entry, " "), " "); ok {
			t.changed[strings.TrimPrefix(strings.TrimLeft(name, " "), strings.TrimSpace(above))] = true
		}
	}
	return err
}

func (t *trunk) git(ctx context.Context, args ...string) (string, error) {
	c := exec.CommandContext(ctx, "git", append([]string{"-C", t.root}, args...)...) //nolint:gosec // the words are our own
	var out, said bytes.Buffer
	c.Stdout, c.Stderr = &out, &said
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("git %s: %w: %s", args[0], err, strings.TrimSpace(said.String()))
	}
	return out.String(), nil
}

func (t *trunk) walk() error {
	for _, top := range copied() {
		err := filepath.WalkDir(filepath.Join(t.root, filepath.FromSlash(top)), func(name string, entry fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) || err == nil && entry.IsDir() {
				return nil
			}
			if err != nil {
				return err
			}
			below, err := filepath.Rel(t.root, name)
			t.files = append(t.files, filepath.ToSlash(below))
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// examples is a folder of files for people, from which tests may read.
const examples = "examples"

// copied are the folders and files of the root of which anything may go along.
func copied() []string {
	return append([]string{"cmd", "modules", "platform", "migrations", examples}, rootFiles()...)
}

// rootFiles go along as they are, but for the module path in some.
func rootFiles() []string {
	return []string{
		"arch_test.go", "go.mod", "go.sum", "tools/go.mod", "tools/go.sum", ".ci/run", ".editorconfig", ".gitignore", ".golangci.yml", "LICENSE",
	}
}

func (t *trunk) checkModule(name string) error {
	var names []string
	for _, m := range t.tree.Modules {
		if m.Name == name && m.Elsewhere {
			return fmt.Errorf("%q: %w here: %s is a repository with the contract of %s alone", name, ErrNoModule, t.root, name)
		}
		if m.Name == name {
			return nil
		}
		names = append(names, m.Name)
	}
	return fmt.Errorf("%q: %w; there are %s", name, ErrNoModule, strings.Join(names, ", "))
}

func (t *trunk) module(name string) *archtest.Module {
	for _, m := range t.tree.Modules {
		if m.Name == name {
			return m
		}
	}
	return nil
}

func (t *trunk) read(name string) ([]byte, error) {
	return os.ReadFile(filepath.Join(t.root, filepath.FromSlash(name)))
}

// filesByPackage are the files by the folder of the package that they belong to: their own, or the nearest
// above that has Go files. Those below testdata are none of the tree's.
func (t *trunk) filesByPackage() map[string][]string {
	packages := map[string]bool{}
	for _, f := range t.tree.Files {
		packages[f.Package.Dir] = true
	}
	files := map[string][]string{}
	for _, name := range t.files {
		dir := path.Dir(name)
		for dir != "." && !packages[dir] {
			dir = path.Dir(dir)
		}
		files[dir] = append(files[dir], name)
	}
	return files
}
