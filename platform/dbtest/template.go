package dbtest

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest/watch"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// process is what the tests of one test binary share. Each field is used under its own lock.
type process struct {
	templates sync.Map // module -> func() ([]byte, error): a migrated SQLite file
	pool      pool
	secret    string // of the modules' database users
	watch     func() (*watch.Watch, error)
}

// shared is the only global: a test binary has no other place for what its tests share, short of a
// TestMain in every package.
var shared = sync.OnceValue(func() *process { return &process{secret: rand.Text() + rand.Text(), watch: sync.OnceValues(newWatch)} }) //nolint:gochecknoglobals // see above

// copyTemplate writes the file of a migrated module into dir.
func (p *process) copyTemplate(t *testing.T, dir, module string) {
	t.Helper()
	once := sync.OnceValues(func() ([]byte, error) { return template(t, module) })
	found, _ := p.templates.LoadOrStore(module, once)
	file, err := found.(func() ([]byte, error))()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, module+".db"), file, 0o600))
}

// template migrates a module in a folder of its own and reads the file, which is whole after the
// last connection has closed it: closing moves the write-ahead log into the file.
func template(t *testing.T, module string) ([]byte, error) {
	t.Helper()
	location := sqldb.Location{Engine: sqldb.SQLite, Dir: t.TempDir()}
	if err := migrateModule(t.Context(), location, module); err != nil {
		return nil, err
	}
	path := location.Schema(module)
	if info, err := os.Stat(path + "-wal"); err == nil && info.Size() > 0 {
		return nil, fmt.Errorf("the migrated file of %s has a write-ahead log left", module)
	}
	return os.ReadFile(path)
}
