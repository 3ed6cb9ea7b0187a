package main // the test reads the totals of a run in process

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest/mysqld"
)

// tinyContract is a module of the tiny tree that publishes one event and hears it, and has a table.
const tinyContract = `package bell

import "example.com/tiny/module"

func Manifest() module.Manifest {
	return module.Manifest{
		Name:      "bell",
		Publishes: []event.Definition{{Type: event.Type{Name: "bell.rung"}}},
		Listens:   []string{"bell.rung"},
		Tables:    []string{"clapper"},
	}
}
`

// tinyTest tells what TINY_SAW says of the module.
const tinyTest = `package tiny

import (
	"os"
	"path/filepath"
	"testing"
)

func TestSee(t *testing.T) {
	name := filepath.Join(os.Getenv("BANYAN_TEST_OBSERVED"), "1.json")
	if err := os.WriteFile(name, []byte(os.Getenv("TINY_SAW")), 0o600); err != nil {
		t.Fatal(err)
	}
}
`

const tinyServerTest = `package tiny

import (
	"os"
	"testing"
)

func TestServer(t *testing.T) {
	t.Run("mysql", func(t *testing.T) {
		if os.Getenv("BANYAN_TEST_MYSQL_DSN") == "" {
			t.Fatal("no server was given")
		}
	})
}
`

func TestARunGivesItsTestsAServerAndEndsIt(t *testing.T) {
	if _, err := mysqld.Find(); err != nil {
		require.False(t, inCI() && os.Getenv(dsnVariable) == "", "CI needs a database server: make test-deps")
		t.Skip(err)
	}
	inTinyModule(t)
	temp, err := os.MkdirTemp("/tmp", "banyan-test-") //nolint:usetesting // t.TempDir is too long for a socket
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(temp)) })
	t.Setenv("TMPDIR", temp)
	t.Setenv(dsnVariable, "")
	var out strings.Builder

	require.NoError(t, run(t.Context(), []string{"-count=1", "./..."}, &out), out.String())
	require.Regexp(t, `\nobserved 0 of 0 calls, 1 of 1 subscriptions, 1 of 1 publications, 1 of 1 tables of the manifests; 0 undeclared, 0 dead
MySQL half: ran on \w+ [\d.]+ \(1 tests\)\n2 passed, 0 failed, 0 skipped\n$`, out.String())
	left, err := filepath.Glob(filepath.Join(temp, "banyan-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestARunWithAFailureFails(t *testing.T) {
	inTinyModule(t)
	t.Setenv("CI", "")
	var out strings.Builder
	require.ErrorIs(t, run(t.Context(), []string{"-no-mysql", "./..."}, &out), errFailed)
	require.Contains(t, out.String(), "no server was given")
	require.Contains(t, out.String(), "\n1 passed, 1 failed, 0 skipped\nMySQL half: DID NOT RUN (")
}

func TestHalfARunFailsInCI(t *testing.T) {
	inTinyModule(t)
	t.Setenv("CI", "true")
	var out strings.Builder
	require.ErrorIs(t, run(t.Context(), []string{"-no-mysql", "-run=Nothing", "./..."}, &out), errFailed)
	t.Setenv("CI", "")
	require.NoError(t, run(t.Context(), []string{"-no-mysql", "-run=Nothing", "./..."}, &out))
}

func TestAServerThatDoesNotAnswerIsAnErrorAndNoSkip(t *testing.T) {
	t.Setenv(dsnVariable, "mysql://u:secret@127.0.0.1:1/")
	var out strings.Builder
	err := run(t.Context(), nil, &out)
	require.ErrorContains(t, err, "connection refused")
	require.NotContains(t, err.Error()+out.String(), "secret")
}

func TestASignalEndsTheRun(t *testing.T) {
	inTinyModule(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, run(ctx, []string{"-no-mysql", "./..."}, &strings.Builder{}), context.Canceled)
}

func seen(kind, name string) string {
	return fmt.Sprintf(`{"kind":%q,"module":"bell","name":%q}`+"\n", kind, name)
}

// inTinyModule makes a Go module of two tests the working folder: one wants a server, and the other sees all
// that the manifest of the one module declares.
func inTinyModule(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.com/tiny\n\ngo 1.26\n"), 0o600))
	for name, text := range map[string]string{
		"tiny_test.go": tinyTest, "server_test.go": tinyServerTest, "modules/bell/bell.go": "//go:build never\n\n" + tinyContract,
	} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o750))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	t.Setenv("TINY_SAW", seen("publish", "bell.rung")+seen("event", "bell.rung")+seen("table", "clapper"))
	t.Chdir(dir)
}
