package main // the report is not for other packages

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest/observed"
)

// testdata/events.json is what go test -json told of a module with: tests and subtests that pass,
// skip and fail, a parent that fails by itself, a test that exits the process, a package that does not build and
// one without tests.
func TestTheReportShowsFailuresWholeAndTheRestInOneLine(t *testing.T) {
	t.Parallel()
	text, sum := reportOf(t, mysqlHalf{version: "MariaDB 10.11.6"})
	require.Equal(t, totals{passed: 8, failed: 4, skipped: 2, mysql: 1}, sum)
	want, err := os.ReadFile(filepath.Join("testdata", "report.txt"))
	require.NoError(t, err)
	require.Equal(t, string(want), text)
}

func TestAMissingHalfIsSaidInTheLastLine(t *testing.T) {
	t.Parallel()
	text, _ := reportOf(t, mysqlHalf{missing: "no server"})
	require.True(t, strings.HasSuffix(text, "\n8 passed, 4 failed, 2 skipped\nMySQL half: DID NOT RUN (no server)\n"), text)
}

func TestOneFailureOfARepeatedTestIsKept(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	r := newReport(&out, false)
	require.NoError(t, r.read(strings.NewReader(`{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:3: first of two\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"fail","Package":"p"}`)))
	require.Equal(t, totals{failed: 1}, r.totals())
	require.Contains(t, out.String(), "first of two")
}

func TestOwnFlagsStandInFront(t *testing.T) {
	t.Parallel()
	require.Equal(t, command{goTest: []string{"./..."}}, parse(nil))
	require.Equal(t, command{serverOnly: true, durable: true, goTest: []string{"./..."}}, parse([]string{"-server-only", "-durable"}))
	require.Equal(t, command{noMySQL: true, goTest: []string{"-run", "-durable", "./x"}}, parse([]string{"-no-mysql", "-run", "-durable", "./x"}))
}

func TestNoServerAndNoFolderOfTheEnvironmentReachesTheTestsOfARun(t *testing.T) {
	t.Setenv(dsnVariable, "mysql://u:p@127.0.0.1/")
	t.Setenv(observed.Variable, "/of/another/run")
	for _, variable := range parse(nil).environment("", "") {
		require.False(t, strings.HasPrefix(variable, dsnVariable), variable)
		require.NotContains(t, variable, "/of/another/run")
	}
	require.Contains(t, parse(nil).environment("mysql://other/", "mine"), dsnVariable+"=mysql://other/")
	require.Contains(t, parse(nil).environment("mysql://other/", "mine"), observed.Variable+"=mine")
	require.NotContains(t, parse([]string{"-short", "./..."}).environment("", "mine"), observed.Variable+"=mine")
}

func reportOf(t *testing.T, half mysqlHalf) (string, totals) {
	t.Helper()
	events, err := os.Open(filepath.Join("testdata", "events.json"))
	require.NoError(t, err)
	defer events.Close()
	var out strings.Builder
	r := newReport(&out, false)
	require.NoError(t, r.read(events))
	r.finish(half, &observation{})
	return out.String(), r.totals()
}
