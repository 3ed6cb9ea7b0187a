package dbtest_test

import (
	"database/sql/driver"
	"os"
	"os/exec"
	"strings"
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
		db := e.With(sqldb.Options{Wrap: above}).DB(t, "order")
		var n int
		_ = db.Get(t.Context(), &n, "SELECT on_hand FROM "+table) // whoever drops the error is told anyway
	})
	dbtest.Observe(t, "# TYPE banyan_events_total counter\nbanyan_events_total{consumer=\"desk\",result=\"done\",type=\"desk.told\"} 1\n")
}

func TestAStatementOnAnothersTableFailsItsTest(t *testing.T) {
	t.Parallel()
	table := strings.ToLower("STOCK")
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
		"module order names table stock (FROM), which belongs to module catalog",
		"statement: SELECT on_hand FROM " + table,
		"dbtest_test.TestPlanted",
		"watched_test.go:",
	} {
		require.Contains(t, string(output), part)
	}
	seen, err := observed.Read(folder)
	require.NoError(t, err)
	require.Equal(t, []observed.Edge{{Kind: observed.Event, Module: "desk", Name: "desk.told"}}, seen)
}
