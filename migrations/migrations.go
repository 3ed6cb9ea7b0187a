// Package migrations holds the schema of every module, one folder each, so that the binary can make
// and update its tables by itself. Of the modules it knows the names of their folders alone.
package migrations

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed */*.sql
var files embed.FS

// FS is the folder of one module. It returns fs.ErrNotExist for a module without one.
func FS(module string) (fs.FS, error) {
	if _, err := fs.Stat(files, module); err != nil {
		return nil, fmt.Errorf("migrations of %s: %w", module, err)
	}
	return fs.Sub(files, module)
}

// Modules are the modules that have schemas, by the names of their folders.
func Modules() []string {
	folders, err := files.ReadDir(".")
	if err != nil {
		panic(err) // what is embedded can be read
	}
	names := make([]string, 0, len(folders))
	for _, f := range folders {
		names = append(names, f.Name())
	}
	return names
}
