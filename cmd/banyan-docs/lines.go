package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/banyan-commerce/banyan/platform/directory"
)

// linesOf counts a module's lines: its Go files below modules, and its migrations.
func linesOf(root, name string) (directory.Lines, error) {
	var l directory.Lines
	top, err := os.OpenRoot(root)
	if err != nil {
		return l, err
	}
	defer top.Close()
	test := func(file string) bool { return strings.HasSuffix(file, "_test.go") }
	err = errors.Join(
		count(top.FS(), "modules/"+name, &l.Go, func(file string) bool { return strings.HasSuffix(file, ".go") && !test(file) }),
		count(top.FS(), "modules/"+name, &l.Tests, test),
		count(top.FS(), "migrations/"+name, &l.SQL, func(file string) bool { return strings.HasSuffix(file, ".sql") }),
	)
	return directory.Lines{Go: directory.Round(l.Go), Tests: directory.Round(l.Tests), SQL: directory.Round(l.SQL)}, err
}

// count adds the lines of the files below a folder that are wanted. The go command does not see testdata.
func count(files fs.FS, dir string, lines *int, wanted func(file string) bool) error {
	return fs.WalkDir(files, dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == "testdata":
			return fs.SkipDir
		case entry.IsDir() || !wanted(entry.Name()):
			return nil
		}
		text, err := fs.ReadFile(files, path)
		*lines += bytes.Count(text, []byte("\n"))
		return err
	})
}
