package shoptest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// RunTests runs the tests of a package that starts the program, and then removes that.
func RunTests(m *testing.M) int {
	code := m.Run()
	if one := shared.oneSided(); len(one) > 0 && code == 0 && flag.Lookup("test.run").Value.String() == "" {
		fmt.Fprintf(os.Stderr, "had a share, and went to one side alone: %v\n", one)
		code = 1
	}
	if err := os.Remove(programPath()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintln(os.Stderr, err)
	}
	return code
}

// Root is the module's folder as seen from this one.
const Root = "../../.."

// program is the path of the binary, which the first test that needs it builds. It is built without
// -race, whatever these tests are built with: the race detector makes SQLite thirty times slower.
var program = sync.OnceValues(func() (string, error) { //nolint:gochecknoglobals // the tests of a process share one build
	if err := ConsultSources(); err != nil {
		return "", err
	}
	build := exec.CommandContext(context.Background(), "go", "build", "-buildvcs=false", "-o", programPath(), "./cmd/banyan") //nolint:gosec // nobody else chooses the words
	build.Dir = Root
	if text, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build banyan: %w\n%s", err, text)
	}
	return programPath(), nil
})

func programPath() string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("banyan-acceptance-%d", os.Getpid()))
}

// ConsultSources reads the folders of the program's sources. No import ties these tests to them, and
// the go command would answer from its cache after a change; folders that a test has read count.
func ConsultSources() error {
	for _, folder := range []string{"cmd", "modules", "platform", "migrations"} {
		err := filepath.WalkDir(filepath.Join(Root, folder), func(_ string, _ fs.DirEntry, err error) error { return err })
		if err != nil {
			return err
		}
	}
	_, err := os.ReadFile(filepath.Join(Root, "go.mod"))
	return err
}
