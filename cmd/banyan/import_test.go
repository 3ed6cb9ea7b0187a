package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/catalog/catalogfx"
	"github.com/banyan-commerce/banyan/platform/dbtest"
)

// imported is what the command said.
type imported struct {
	err            error
	stdout, stderr string
}

func importFile(t *testing.T, environ []string, args ...string) imported {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := newImport(&program{environ: environ, stdout: &stdout, stderr: &stderr})
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(t.Context())
	return imported{err, stdout.String(), stderr.String()}
}

func example(parts ...string) string {
	return filepath.Join(append([]string{"..", "..", "examples"}, parts...)...)
}

func roasters() []string {
	return []string{"--source", "roasters", "--mapping", example("mappings", "roasters.yaml"), example("feeds", "roasters.csv")}
}

func TestAFeedIsImportedWithoutAServerAndTheSecondTimeUnchanged(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		environ := []string{"BANYAN_DB=" + e.URL(t)}

		first := importFile(t, environ, roasters()...)
		require.NoError(t, first.err, first.stderr)
		require.Regexp(t, `^read 15, created 15, updated 0, unchanged 0, rejected 0 \(.* rows/s\)\n$`, first.stdout)
		second := importFile(t, environ, roasters()...)
		require.NoError(t, second.err)
		require.Contains(t, second.stdout, "read 15, created 0, updated 0, unchanged 15, rejected 0")
		require.Empty(t, second.stderr, "no progress where nobody watches")
	})
}

func TestWhileAServerHasTheFilesAFeedGoesThroughIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, "sqlite:"+dir)
	environ := []string{"BANYAN_DB=sqlite:" + dir, "BANYAN_ADDR=" + strings.TrimPrefix(s.url, "http://")}
	feed := filepath.Join(t.TempDir(), "feed.csv")
	text, err := os.ReadFile(example("feeds", "roasters.csv"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(feed, append(text, "broken row\n"...), 0o600))
	args := roasters()
	args[len(args)-1] = feed

	got := importFile(t, environ, args...)

	require.NoError(t, got.err, got.stderr)
	require.Contains(t, got.stdout, "read 16, created 15, updated 0, unchanged 0, rejected 1")
	require.Regexp(t, `rejected: line \d+`, got.stderr)
	status, body := s.get(t, "/v1/products?q=rootstock")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, body, "Rootstock")

	bad := importFile(t, environ, "--source", "roasters", "--mapping", feed, feed)
	require.ErrorContains(t, bad.err, "mapping")
	away := importFile(t, []string{environ[0], "BANYAN_ADDR=127.0.0.1:1"}, args...)
	require.ErrorContains(t, away.err, "BANYAN_ADDR")
}

func TestTheExitStatusOfAnImportTellsWhetherAnythingCameOfIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	environ := []string{"BANYAN_DB=sqlite:" + dir}
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	mapping := file("m.yaml", "currency: EUR\nfields:\n  id: {column: id}\n  name: {column: name}\n  price: {column: price}\n")
	for want, args := range map[string][]string{
		"":                {"--source", "a", "--mapping", mapping, file("some.csv", "id,name,price\n1,Cup,1\n2,,2\n")},
		"no rows":         {"--source", "b", "--mapping", mapping, file("none.csv", "id,name,price\n")},
		"every row":       {"--source", "c", "--mapping", mapping, file("bad.csv", "id,name,price\n1,,1\n")},
		"column":          {"--source", "d", "--mapping", mapping, file("header.csv", "id,name\n1,Cup\n")},
		"source is named": {"--source", "No Such", "--mapping", mapping, file("x.csv", "id,name,price\n1,Cup,1\n")},
		"no such file":    {"--source", "e", "--mapping", mapping, filepath.Join(dir, "absent.csv")},
		"required flag":   {"--mapping", mapping, mapping},
		"accepts 1 arg":   {"--source", "e", "--mapping", mapping},
	} {
		got := importFile(t, environ, args...)
		if want == "" {
			require.NoError(t, got.err)
			require.Contains(t, got.stderr, `rejected: line 3, column "name": is empty`)
			continue
		}
		require.ErrorContains(t, got.err, want)
	}
}

func TestProgressTellsRateAndTimeLeft(t *testing.T) {
	t.Parallel()
	require.Equal(t, " 25 %  1000 rows, 500 rows/s, 6s left", progressLine(2500, 10_000, 1000, 2*time.Second))
	require.Equal(t, "1000 rows, 500 rows/s", progressLine(2500, 0, 1000, 2*time.Second), "of a pipe")

	now := time.Unix(0, 0)
	var out bytes.Buffer
	s := newImportScreen(&out, 100, func() time.Time { return now })
	s.live = true
	for range 10 {
		now = now.Add(redrawEvery / 2)
		s.progress(50, catalogfx.ImportSummary{Read: 10})
	}
	require.Equal(t, 5, strings.Count(out.String(), eraseLine), "drawn at most five times a second")
}
