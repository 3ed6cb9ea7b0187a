// Package extract writes a repository of its own for one module of a checkout: the module, the contracts
// that it needs, the platform below it, its migrations, the program narrowed to it, tests, CI and README.
//
// It copies whole files and changes as little in them as it can: the module path in imports, the list of
// modules and the commands of the program. What is copied follows from the imports of every file, whatever
// its build tags, tests among them, so that what builds on one system is not missing on another. The same
// commit makes the same bytes.
package extract

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Options say what is extracted.
type Options struct {
	Module string
	To     string    // a folder that is empty or not there
	Path   string    // the new module path; empty: beside the trunk's, banyan-<module>
	From   string    // a folder of the checkout; empty: the working folder
	Dirty  bool      // files that differ from the commit are taken as they are
	Told   io.Writer // what was done, for people
}

// Errors of Run besides those of files and commands.
var (
	ErrNoTrunk   = errors.New("no checkout of the trunk")
	ErrNoModule  = errors.New("no such module")
	ErrPath      = errors.New("a module path looks like example.com/team/name")
	ErrNotEmpty  = errors.New("the folder is not empty")
	ErrUnsettled = errors.New("files differ from the commit")
	ErrTangled   = errors.New("the code does not come apart")
)

// Run extracts. Nothing is left at Options.To unless all of it succeeded: the repository is made beside it
// and then moved there.
func Run(ctx context.Context, o Options) error {
	t, err := readTrunk(ctx, o.From)
	if err != nil {
		return err
	}
	if err := t.checkModule(o.Module); err != nil {
		return err
	}
	if o.Path == "" {
		o.Path = t.path + "-" + o.Module
	}
	if err := checkPath(o.Path); err != nil {
		return err
	}
	to, err := t.checkTarget(o.To)
	if err != nil {
		return err
	}
	s, err := t.choose(o.Module)
	if err != nil {
		return err
	}
	if changed := s.unsettled(); len(changed) > 0 && !o.Dirty {
		return fmt.Errorf("%s: %w; commit or stash them, or take them along by --dirty", some(changed), ErrUnsettled)
	}
	r := &repository{selection: s, path: o.Path, dirty: len(s.unsettled()) > 0}
	if err := r.compose(); err != nil {
		return err
	}
	if err := r.place(ctx, to); err != nil {
		return err
	}
	r.tell(o.Told, o.To)
	return nil
}

// place writes the repository beside the target, has go mod tidy trim its go.mod, and moves it there.
func (r *repository) place(ctx context.Context, to string) (err error) {
	if err := os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
		return err
	}
	draft, err := os.MkdirTemp(filepath.Dir(to), "."+filepath.Base(to)+"-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(draft)) }() // nothing is there any more once it was moved
	whole := filepath.Join(draft, "repository")
	if err := r.write(whole); err != nil {
		return err
	}
	if err := tidy(ctx, whole); err != nil {
		return err
	}
	if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Rename(whole, to)
}

// checkTarget answers where the repository goes. Inside the trunk it would be code of the trunk.
func (t *trunk) checkTarget(to string) (string, error) {
	target, err := filepath.Abs(to)
	if err != nil {
		return "", err
	}
	if below, err := filepath.Rel(t.root, target); err == nil && below != ".." && !strings.HasPrefix(below, ".."+string(filepath.Separator)) {
		return "", fmt.Errorf("%s lies in the checkout %s, whose rules and tests would read it as their own: choose a folder outside", to, t.root)
	}
	found, err := os.ReadDir(target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return target, nil
	case err != nil:
		return "", err
	case len(found) > 0:
		return "", fmt.Errorf("%s: %w: it holds %s", to, ErrNotEmpty, found[0].Name())
	}
	return target, nil
}

// checkPath wants what go.mod takes, with a dot in its first element: others are the standard library's.
func checkPath(path string) error {
	if !regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)+(/[A-Za-z0-9._~-]+)+$`).MatchString(path) {
		return fmt.Errorf("%q: %w", path, ErrPath)
	}
	return nil
}

// some names a few of many.
func some(names []string) string {
	const enough = 5
	if len(names) <= enough {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:enough], ", "), len(names)-enough)
}
