package main

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"

	"github.com/banyan-commerce/banyan/platform/directory"
	"github.com/banyan-commerce/banyan/platform/module"
)

// What is made, from the root of the repository.
const (
	eventsFile  = "docs/events.md"
	modulesDir  = "docs/modules" // holds nothing else
	sourceFile  = "cmd/internal/assembly/source.json"
	ownersFile  = ".github/CODEOWNERS"
	platformers = "@banyan-commerce/platform" // who answers for all that is no module's
)

// documents makes all files from the manifests and the source below root, by name.
func documents(root string, manifests []module.Manifest) (map[string]string, error) {
	events, err := newPage(manifests, newSource(root)).render()
	if err != nil {
		return nil, err
	}
	known, err := sourceOf(root, manifests)
	if err != nil {
		return nil, err
	}
	kept, err := known.Text()
	if err != nil {
		return nil, err
	}
	d := directory.New(manifests, known)
	owners, err := d.CodeOwners(platformers, []string{"/" + eventsFile, "/" + path.Join(modulesDir, "README.md"), "/" + sourceFile})
	if err != nil {
		return nil, err
	}
	files := map[string]string{eventsFile: string(events), sourceFile: string(kept), ownersFile: owners}
	for name, page := range modulePages(d) {
		files[path.Join(modulesDir, name)] = page
	}
	return files, nil
}

// write replaces the files below root, and removes the pages of modules that are gone.
func write(root string, files map[string]string) error {
	top, err := os.OpenRoot(root)
	if err != nil {
		return err
	}
	defer top.Close()
	for name, text := range files {
		if err := top.MkdirAll(path.Dir(name), 0o750); err != nil {
			return err
		}
		if err := top.WriteFile(name, []byte(text), 0o600); err != nil {
			return err
		}
	}
	stale, err := fs.Glob(top.FS(), path.Join(modulesDir, "*"))
	if err != nil {
		return err
	}
	stale = slices.DeleteFunc(stale, func(name string) bool { return files[name] != "" })
	var errs []error
	for _, name := range stale {
		errs = append(errs, top.RemoveAll(name))
	}
	return errors.Join(errs...)
}
