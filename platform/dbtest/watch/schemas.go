package watch

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/banyan-commerce/banyan/platform/archtest/sqltext"
)

// Schemas says whose each table is, by the migrations.
type Schemas struct {
	modules  map[string]map[string]bool // the tables of each module
	platform map[string]bool            // those that every schema has
}

// ReadSchemas reads migrations/<module> and the platform's own migrations below the root of a tree. It
// refuses a tree without tables of modules or of the platform: against these everything would be allowed.
func ReadSchemas(root fs.FS) (*Schemas, error) {
	s := &Schemas{modules: map[string]map[string]bool{}}
	var err error
	if s.platform, err = tablesMade(root, "platform/migrate/platform"); err != nil {
		return nil, fmt.Errorf("read the platform's migrations: %w", err)
	}
	folders, err := fs.ReadDir(root, "migrations")
	if err != nil {
		return nil, fmt.Errorf("find the modules' migrations: %w", err)
	}
	for _, folder := range folders {
		if !folder.IsDir() {
			continue
		}
		made, err := tablesMade(root, "migrations/"+folder.Name())
		if err != nil {
			return nil, fmt.Errorf("read the migrations of %s: %w", folder.Name(), err)
		}
		if len(made) > 0 {
			s.modules[folder.Name()] = made
		}
	}
	if len(s.modules) == 0 || len(s.platform) == 0 {
		return nil, errors.New("no migration makes a table: nothing could be told from anything")
	}
	return s, nil
}

// owner is the module whose table it is, empty for nobody's. Two modules may have tables of one name.
func (s *Schemas) owner(table, asks string) string {
	if s.modules[asks][table] {
		return asks
	}
	for name, tables := range s.modules {
		if tables[table] {
			return name
		}
	}
	return ""
}

// moduleOf is the module whose schema a database or file is, by the end of its name; empty for none.
func (s *Schemas) moduleOf(schema string) string {
	found := ""
	for name := range s.modules {
		if (schema == name || strings.HasSuffix(schema, "_"+name)) && len(name) > len(found) {
			found = name
		}
	}
	return found
}

// tablesMade are the tables that the scripts in a folder leave when all have run, in the order of their names.
func tablesMade(files fs.FS, folder string) (map[string]bool, error) {
	names, err := fs.Glob(files, path.Join(folder, "*.sql"))
	if err != nil {
		return nil, err
	}
	tables := map[string]bool{}
	for _, name := range names {
		script, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		sqltext.Migrate(tables, string(script))
	}
	return tables, nil
}
