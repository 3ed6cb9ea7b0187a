package shoptest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Patch replaces a piece of a file of the tree, which must be there exactly once. Nothing in the tree is
// changed: the compiler is told to read another file in its place.
type Patch struct{ File, Old, New string }

// Overlay is the go command's flag by which programs are built with patches. A patch that does not fit
// any more fails the test. Root is the tree as seen from the test's folder.
func Overlay(t *testing.T, root string, patches ...Patch) string {
	t.Helper()
	root, err := filepath.Abs(root)
	require.NoError(t, err)
	texts := map[string]string{}
	for _, p := range patches {
		path := filepath.Join(root, p.File)
		if texts[path] == "" {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			texts[path] = string(text)
		}
		require.Equal(t, 1, strings.Count(texts[path], p.Old), "%s has changed: this piece is not there once\n%s", p.File, p.Old)
		texts[path] = strings.Replace(texts[path], p.Old, p.New, 1)
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
