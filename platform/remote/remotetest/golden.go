package remotetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/event/eventtest"
	"github.com/banyan-commerce/banyan/platform/remote"
)

// Example is a call with its answer, every field filled in. Golden files keep what it looks like on the wire.
type Example struct {
	Method            string
	Request, Response any
}

// Golden compares examples of a contract's methods with the files in dir, one for each time that the form of
// a request or an answer has grown: catalog.v1.Reserve.request.1.json, and so on. It fails where a method has
// no example, where a field is gone or has another type, and where something is not written down yet. With
// -update it writes what is new: values into the newest file, and a form that has grown into a new one, so
// that tests can go on sending and answering the older ones.
func Golden(t *testing.T, dir string, served remote.Served, examples ...Example) {
	t.Helper()
	var shown []string
	for _, e := range examples {
		shown = append(shown, e.Method)
		for part, sample := range map[string]any{"request": e.Request, "response": e.Response} {
			for _, problem := range Check(Files{dir, served.Contract, e.Method, part}, sample, eventtest.Updating()) {
				t.Error(problem)
			}
		}
	}
	require.ElementsMatch(t, served.Methods(), shown, "each method has an example")
}

// Files are the golden files of a method's requests or responses.
type Files struct {
	Dir      string
	Contract remote.Contract
	Method   string
	Part     string // request or response
}

func (f Files) name(revision int) string {
	return filepath.Join(f.Dir, fmt.Sprintf("%s.v%d.%s.%s.%d.json", f.Contract.Module, f.Contract.Version, f.Method, f.Part, revision))
}

// Read answers the files' contents, the oldest form first.
func (f Files) Read() ([][]byte, error) {
	var all [][]byte
	for {
		text, err := os.ReadFile(f.name(len(all) + 1))
		if errors.Is(err, fs.ErrNotExist) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, text)
	}
}

// Check answers what is wrong with the files of a sample, and writes what is new if it may.
func Check(f Files, sample any, update bool) []error {
	var problems []error
	for _, path := range eventtest.Empty(sample) {
		problems = append(problems, fmt.Errorf("%s of %s: the example leaves %s empty, so that no golden file shows it", f.Part, f.Method, path))
	}
	now, err := json.MarshalIndent(sample, "", "  ")
	if err != nil {
		return append(problems, err)
	}
	now = append(now, '\n')
	all, err := f.Read()
	if err != nil {
		return append(problems, err)
	}
	for i, old := range all {
		for _, loss := range eventtest.Losses(old, now) {
			problems = append(problems, fmt.Errorf("%s: %s; callers of this version are still there: keep the field as it is, "+
				"or serve a new version of the contract beside this one", f.name(i+1), loss))
		}
	}
	if len(all) > 0 && bytes.Equal(all[len(all)-1], now) || len(problems) > 0 {
		return problems
	}
	if !update {
		return []error{fmt.Errorf("%s of %s has a form or values that no golden file shows: run the test of this package with -update, "+
			"and look at the difference before you commit it", f.Part, f.Method)}
	}
	return write(f, all, now)
}

func write(f Files, all [][]byte, now []byte) []error {
	revision := len(all)
	if revision == 0 || len(eventtest.Losses(now, all[revision-1])) > 0 { // it has grown
		revision++
	}
	if err := errors.Join(os.MkdirAll(f.Dir, 0o750), os.WriteFile(f.name(revision), now, 0o600)); err != nil {
		return []error{err}
	}
	return nil
}
