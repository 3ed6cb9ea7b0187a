// Package acceptance_test buys from the real program: it is built once, runs as a process of its own
// on either engine, and is spoken to over HTTP alone. What a customer, an operator or a partner is
// promised is shown here; why it holds is shown by the tests of the packages.
//
// Some mechanisms of the shop are invisible until they are gone. Each of these tests was seen to go red
// with one of them deleted in a copy of the tree:
//
//	the inbox row of an event             TestAServerThatIsKilledLosesAndDoublesNothing, TestTwoServersShareOneDatabase
//	the guard on the stock row            TestManyClientsBuyExactlyWhatIsThere, TestTwoServersShareOneDatabase
//	the lock on the order's row           TestCancellingRacesPayingAndNoMoneyIsKept, TestCancellingRacesPackingAndOneOfThemWins (MySQL)
//	the lock on the shipment's row        TestCancellingRacesPackingAndOneOfThemWins (MySQL)
//	a provider call's task row            TestAnOrderTravelsToItsCustomer
//	that row being kept until its effect  TestAServerThatIsKilledLosesAndDoublesNothing, TestTwoServersShareOneDatabase
package acceptance_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if err := os.Remove(programPath()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

// root is the module's folder as seen from this one.
const root = "../../.."

// program is the path of the binary, which the first test that needs it builds. It is built without
// -race, whatever these tests are built with: the race detector makes SQLite thirty times slower.
var program = sync.OnceValues(func() (string, error) { //nolint:gochecknoglobals // the tests of a process share one build
	if err := consultSources(); err != nil {
		return "", err
	}
	build := exec.CommandContext(context.Background(), "go", "build", "-buildvcs=false", "-o", programPath(), "./cmd/banyan")
	build.Dir = root
	if text, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build banyan: %w\n%s", err, text)
	}
	return programPath(), nil
})

func programPath() string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("banyan-acceptance-%d", os.Getpid()))
}

// consultSources reads the folders of the program's sources. No import ties these tests to them, and
// the go command would answer from its cache after a change; folders that a test has read count.
func consultSources() error {
	for _, folder := range []string{"cmd", "modules", "platform", "migrations"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(_ string, _ fs.DirEntry, err error) error { return err })
		if err != nil {
			return err
		}
	}
	_, err := os.ReadFile(filepath.Join(root, "go.mod"))
	return err
}
