package chaos_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// patch replaces a piece of a file of the tree, which must be there exactly once. Nothing in the tree is
// changed: the compiler is told to read another file in its place.
type patch struct{ file, old, new string }

// overlay is the go command's flag by which programs are built with patches. A patch that does not fit
// any more fails the test.
func overlay(t *testing.T, patches ...patch) string {
	t.Helper()
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	texts := map[string]string{}
	for _, p := range patches {
		path := filepath.Join(root, p.file)
		if texts[path] == "" {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			texts[path] = string(text)
		}
		require.Equal(t, 1, strings.Count(texts[path], p.old), "%s has changed: this piece is not there once\n%s", p.file, p.old)
		texts[path] = strings.Replace(texts[path], p.old, p.new, 1)
	}
	replace, folder := map[string]string{}, t.TempDir()
	for path, text := range texts {
		replace[path] = filepath.Join(folder, strconv.Itoa(len(replace))+".go")
		require.NoError(t, os.WriteFile(replace[path], []byte(text), 0o600))
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	require.NoError(t, err)
	file := filepath.Join(folder, "overlay.json")
	require.NoError(t, os.WriteFile(file, list, 0o600))
	return "-overlay=" + file
}
