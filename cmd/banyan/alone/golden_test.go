package alone_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
	"github.com/banyan-commerce/banyan/platform/event"
)

// value is what stands at a path into a payload: payment.token.
type value struct {
	path string
	is   any
}

// put writes over what the golden file has: nothing is added that was never published.
func put(t *testing.T, fields map[string]any, v value) {
	t.Helper()
	steps := strings.Split(v.path, ".")
	for _, step := range steps[:len(steps)-1] {
		inner, ok := fields[step].(map[string]any)
		require.True(t, ok, "there is no %s", v.path)
		fields = inner
	}
	last := steps[len(steps)-1]
	require.Contains(t, fields, last, "there is no %s", v.path)
	fields[last] = v.is
}

// golden is the newest form of an event that was published.
func golden(t *testing.T, name string) (event.Type, map[string]any) {
	t.Helper()
	file := newest(t, name)
	version, err := strconv.Atoi(regexp.MustCompile(`\.v(\d+)\.json$`).FindStringSubmatch(file)[1])
	require.NoError(t, err)
	var fields map[string]any
	require.NoError(t, json.Unmarshal(goldenText(t, name), &fields))
	return event.Type{Name: name, Version: version}, fields
}

func goldenText(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(newest(t, name))
	require.NoError(t, err)
	return text
}

func newest(t *testing.T, name string) string {
	t.Helper()
	publisher, _, _ := strings.Cut(name, ".")
	files, err := filepath.Glob(filepath.Join(contract(publisher), "testdata", "events", name+".v*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files, "%s was never published", name)
	last := files[0]
	for _, f := range files {
		if len(f) > len(last) || len(f) == len(last) && f > last { // v10 comes after v9
			last = f
		}
	}
	return last
}

// published are the events that a module has ever stated.
func published(t *testing.T, module string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(contract(module), "testdata", "events", "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	seen := map[string]bool{}
	var names []string
	for _, f := range files {
		name := regexp.MustCompile(`\.v\d+\.json$`).ReplaceAllString(filepath.Base(f), "")
		if !seen[name] {
			names = append(names, name)
		}
		seen[name] = true
	}
	return names
}

func contract(module string) string { return filepath.Join(shoptest.Root, "modules", module) }
