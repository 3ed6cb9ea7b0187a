package main // the tests run the comparison in process

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest/observed"
)

// comparison is what a run tells that saw these edges.
func comparison(t *testing.T, whole bool, saw ...string) (observation, string) {
	t.Helper()
	o := observation{folder: t.TempDir()}
	for i, line := range saw {
		name := filepath.Join(o.folder, string(rune('a'+i))+".json")
		require.NoError(t, os.WriteFile(name, []byte(line), 0o600))
	}
	require.NoError(t, o.compare(whole))
	var out strings.Builder
	o.print(&out)
	return o, out.String()
}

func TestAnUndeclaredEdgeFailsAnyRun(t *testing.T) {
	inTinyModule(t)
	for name, c := range map[string]struct{ saw, says, instead string }{
		"a call":        {seen("call", "tower.Climb"), "module bell calls tower.Climb (call)", `add "tower" to Calls in modules/bell/bell.go, or stop it`},
		"an event":      {seen("event", "tower.fell"), "module bell listens to tower.fell (event)", `add "tower.fell" to Listens in modules/bell/bell.go, or stop it`},
		"a publication": {seen("publish", "bell.cracked"), "module bell publishes bell.cracked (publish)", `add "bell.cracked" to Publishes in`},
		"a table":       {seen("table", "rope"), "module bell uses table rope (table)", `add "rope" to Tables in`},
		"no module":     {`{"kind":"event","module":"tower","name":"bell.rung"}`, "module tower listens to bell.rung", "no such module"},
		"no kind":       {seen("miracle", "bell"), `module bell does "miracle" (bell)`, "stop it"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, whole := range []bool{false, true} {
				o, text := comparison(t, whole, seen("table", "clapper"), c.saw)
				require.True(t, o.failed())
				require.Contains(t, text, c.says)
				require.Contains(t, text, c.instead)
				require.Contains(t, text, "; 1 undeclared")
			}
		})
	}
}

func TestWhatAWholeRunDidNotSeeIsToldAndHalfARunSaysNothingOfIt(t *testing.T) {
	inTinyModule(t)
	o, text := comparison(t, true, seen("publish", "bell.rung"), seen("event", "bell.rung")+seen("table", "clapper"))
	require.False(t, o.failed())
	require.NotContains(t, text, "warning")
	require.Contains(t, text, "0 undeclared, 0 dead\n")

	require.NoError(t, os.WriteFile("modules/bell/bell.go", []byte(strings.Replace(tinyContract, `{"clapper"}`, `{"clapper", "rope"}`, 1)), 0o600))
	o, text = comparison(t, true, seen("publish", "bell.rung"), seen("event", "bell.rung")+seen("table", "clapper"))
	require.False(t, o.failed(), "it is a warning")
	require.Contains(t, text, "warning: modules/bell/bell.go:10: dead: bell uses table rope, and no test made it happen")
	require.Contains(t, text, "1 of 2 tables of the manifests; 0 undeclared, 1 dead\n")

	o, text = comparison(t, false)
	require.False(t, o.failed())
	require.Equal(t, "observed 0 of 0 calls, 0 of 1 subscriptions, 0 of 1 publications, 0 of 2 tables of the manifests; 0 undeclared\n", text)
}

func TestAWholeRunThatIsBlindForAKindOfEdgesFails(t *testing.T) {
	inTinyModule(t)
	o, text := comparison(t, true)
	require.True(t, o.failed())
	require.Equal(t, 3, strings.Count(text, "FAIL: "), "there are no calls to be seen: %s", text)
	o, text = comparison(t, true, seen("publish", "bell.rung"), seen("table", "clapper"))
	require.True(t, o.failed())
	require.Contains(t, text, "FAIL: the manifests declare subscriptions, and the run observed none")
}

func TestARunWithAnUndeclaredEdgeFails(t *testing.T) {
	inTinyModule(t)
	t.Setenv("CI", "")
	t.Setenv("TINY_SAW", seen("event", "tower.fell"))
	var out strings.Builder
	require.ErrorIs(t, run(t.Context(), []string{"-no-mysql", "-run=TestSee", "./..."}, &out), errFailed)
	require.Contains(t, out.String(), "module bell listens to tower.fell (event), as tests saw, and its manifest does not say so")
	require.Contains(t, out.String(), "\n1 passed, 0 failed, 0 skipped\n")
}

func TestARecordThatIsNoneFailsTheRun(t *testing.T) {
	inTinyModule(t)
	o := observation{folder: t.TempDir()}
	require.NoError(t, os.WriteFile(filepath.Join(o.folder, "1.json"), []byte("broken off\n"), 0o600))
	require.Error(t, o.compare(true))
	o.folder = t.TempDir()
	require.NoError(t, os.RemoveAll("modules"))
	require.ErrorContains(t, o.compare(true), "read the manifests")
}

func TestNarrowedRunsAreTold(t *testing.T) {
	t.Parallel()
	for arguments, all := range map[string]bool{
		"": true, "./...": true, "-race -shuffle=on ./...": true, "-count=1 -v ./...": true,
		"./modules/...": false, "-run=X ./...": false, "-run X ./...": false, "--run=X ./...": false, "-test.run=X ./...": false,
		"-short ./...": false, "-skip=X ./...": false, "-failfast ./...": false, "-list=. ./...": false,
	} {
		require.Equal(t, all, parse(strings.Fields(arguments)).all(), arguments)
	}
}

func TestEachRunHasAFolderOfItsOwnWhileItLasts(t *testing.T) {
	t.Parallel()
	first, err := startObservation()
	require.NoError(t, err)
	second, err := startObservation()
	require.NoError(t, err)
	require.NotEqual(t, first.folder, second.folder)
	for _, o := range []*observation{first, second} {
		require.NoError(t, observed.NewRecord(o.folder).See(observed.Edge{Kind: observed.Table, Module: "bell", Name: "rope"}))
		require.NoError(t, o.close())
		require.NoDirExists(t, o.folder)
	}
}
