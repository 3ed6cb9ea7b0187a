package rehearsal_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
)

// programs is the folder in which the tests of this process have banyan.
type programs struct {
	mu     sync.Mutex
	folder string
}

var built programs //nolint:gochecknoglobals // the tests of a process share one build

// program builds banyan as customers have it, but for its payment provider, which outlives it, and for a bug, if one
// was asked for. It answers the folder in which it is.
func program(t *testing.T) string {
	t.Helper()
	built.mu.Lock()
	defer built.mu.Unlock()
	if built.folder != "" {
		return built.folder
	}
	require.NoError(t, shoptest.ConsultSources())
	folder, err := os.MkdirTemp("", "banyan-rehearsal-") //nolint:usetesting // it outlives this test
	require.NoError(t, err)
	built.folder = folder
	flag := shoptest.Overlay(t, shoptest.Root, slices.Concat(shoptest.ExternalProvider(), planted())...)
	c := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", flag, "-o", filepath.Join(folder, "banyan"), "./cmd/banyan")
	c.Dir = shoptest.Root
	text, err := c.CombinedOutput()
	require.NoError(t, err, string(text))
	return folder
}

func (p *programs) remove() error {
	if p.folder == "" {
		return nil
	}
	return os.RemoveAll(p.folder)
}
