package archtest

import (
	"io/fs"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/banyan-commerce/banyan/platform/archtest/sqltext"
)

// sqlHead is as much of an embedded file as decides whether it is SQL.
const sqlHead = 64 << 10

// readEmbedded reads the SQL that code embeds from files without the ending .sql, or from folders that
// are passed over, such as testdata. It becomes a script like any other.
func (t *Tree) readEmbedded(files fs.FS, f found) error {
	seen := map[string]bool{}
	for _, file := range t.Files {
		if file.Test {
			continue
		}
		for _, name := range file.embedded(f.others) {
			if seen[name] {
				continue
			}
			seen[name] = true
			text, err := fs.ReadFile(files, name)
			if err != nil {
				return err
			}
			if utf8.Valid(text) && (strings.HasSuffix(name, ".sql") || sqltext.Statement(string(text[:min(len(text), sqlHead)]))) {
				t.scripts = append(t.scripts, readScript(name, string(text)))
			}
		}
	}
	return nil
}

// embedded are those of the files that a //go:embed comment of f names, itself or by a folder above.
func (f *File) embedded(files []string) []string {
	var list []string
	for _, pattern := range f.patterns() {
		for _, name := range files {
			below, ok := strings.CutPrefix(name, f.Package.Dir+"/")
			for ; ok && below != "."; below = path.Dir(below) {
				if match, err := path.Match(pattern, below); err == nil && match {
					list = append(list, name)
					break
				}
			}
		}
	}
	return list
}

// patterns are what the file's //go:embed comments name.
func (f *File) patterns() []string {
	var list []string
	for _, group := range f.Syntax.Comments {
		for _, comment := range group.List {
			rest, ok := strings.CutPrefix(comment.Text, "//go:embed")
			if !ok {
				continue
			}
			for _, word := range strings.Fields(rest) {
				if bare, err := strconv.Unquote(word); err == nil {
					word = bare
				}
				list = append(list, strings.TrimPrefix(word, "all:"))
			}
		}
	}
	return list
}
