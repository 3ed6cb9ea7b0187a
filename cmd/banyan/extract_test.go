package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestExtractSaysWhatIsWrongAndWritesNothing(t *testing.T) {
	t.Parallel()
	to := filepath.Join(t.TempDir(), "payment")
	for _, try := range []struct {
		args []string
		says string
	}{
		{[]string{"payment"}, `"to" not set`},
		{[]string{"--to", to}, "accepts 1 arg(s)"},
		{[]string{"pay", "--to", to}, `"pay": no such module; there are catalog, order, payment, shipping`},
		{[]string{"payment", "--to", to, "--from", t.TempDir()}, "no checkout of the trunk"},
		{[]string{"payment", "--to", to, "--module-path", "payment"}, "a module path looks like"},
		{[]string{"payment", "--to", "."}, "lies in the checkout"},
	} {
		code, stdout, stderr := quickly(t, nil, append([]string{"extract"}, try.args...)...)
		require.Equal(t, 1, code)
		require.Empty(t, stdout)
		require.Contains(t, stderr, try.says)
		require.NoDirExists(t, to)
	}
}
