package dbtest_test

import (
	"database/sql/driver"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/dbtest/observed"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// planted makes TestPlanted do what fails a test: it names a table of another module. The name is not
// written into a statement, which the analysis of the source would see and refuse.
const planted = "BANYAN_TEST_PLANTED"

// TestPlanted is what TestAStatementOnAnothersTableFailsItsTest looks at.
func TestPlanted(t *testing.T) {
	t.Parallel()
	table := os.Getenv(planted)
	if table == "" {
		return
	}
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		above := func(c driver.Connector) driver.Connector { return c }
		db := e.With(sqldb.Options{Wrap: above}).DB(t, "desk")
		var n int
		_ = db.Get(t.Context(), &n, "SELECT COUNT(*) FROM "+table) // whoever drops the error is told anyway
	})
	dbtest.Observe(t, "# TYPE banyan_events_total counter\nbanyan_events_total{consumer=\"desk\",result=\"done\",type=\"desk.told\"} 1\n")
}

// someTable is one of a module, whichever this tree has.
func someTable(t *testing.T) (owner, table string) {
	t.Helper()
	scripts, err := filepath.Glob("../../migrations/*/*.sql")
	require.NoError(t, err)
	require.NotEmpty(t, scripts)
	text, err := os.ReadFile(scripts[0])
	require.NoError(t, err)
	found := regexp.MustCompile(`(?i)create\s+table\s+(\w+)`).FindSubmatch(text)
	require.NotNil(t, found)
	return filepath.Base(filepath.Dir(scripts[0])), string(found[1])
}

func TestAStatementOnAnothersTableFailsItsTest(t *testing.T) {
	t.Parallel()
	owner, table := someTable(t)
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.v", "-test.run=^TestPlanted$")
	folder := t.TempDir()
	child.Env = append(os.Environ(), planted+"="+table, observed.Variable+"="+folder)
	output, err := child.CombinedOutput()
	require.Error(t, err)
	engines := []string{"sqlite"}
	if os.Getenv(dbtest.Variable) != "" {
		engines = append(engines, "mysql")
	}
	for _, engine := range engines {
		require.Contains(t, string(output), "--- FAIL: TestPlanted/"+engine)
	}
	for _, part := range []string{
		"module desk names table " + table + " (FROM), which belongs to module " + owner,
		"statement: SELECT COUNT(*) FROM " + table,
		"dbtest_test.TestPlanted",
		"watched_test.go:",
	} {
		require.Contains(t, string(output), part)
	}
	seen, err := observed.Read(folder)
	require.NoError(t, err)
	require.Equal(t, []observed.Edge{{Kind: observed.Event, Module: "desk", Name: "desk.told"}}, seen)
}
