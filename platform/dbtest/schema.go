package dbtest

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"

	"github.com/banyan-commerce/banyan/platform/migrate"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// migrateModule applies the bus's migrations and those of the module. They are read from the tree
// and not from package migrations, because the platform imports no module's things; the go command
// sees the files being read and runs a cached test again when one changes.
func migrateModule(ctx context.Context, location sqldb.Location, module string) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	scripts := os.DirFS(filepath.Join(root, "migrations", module))
	_, known := fs.Stat(scripts, ".")
	_, err = migrate.Up(ctx, location, module, scripts)
	if errors.Is(known, fs.ErrNotExist) && errors.Is(err, goose.ErrNoMigrations) {
		return nil // the name of no module: it has the bus's tables now
	}
	return err
}

// moduleRoot is the folder of go.mod above the package under test, in whose folder go test runs it.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no go.mod in or above the folder of the test")
		}
		dir = parent
	}
}
