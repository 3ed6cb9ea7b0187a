// Package eventtest holds the events of a module to what was published once. For each published version
// a golden file is kept under testdata/events; it stands for the events of that version that still lie
// in outboxes, among held events and with brokers, and is never forgotten while they may exist.
//
// Adding a field is fine. Removing, renaming or retyping one needs a new version and an upcaster.
package eventtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/event"
)

const folder = "testdata/events"

//nolint:gochecknoglobals // the testing package reads flags before a test could make one
var update = flag.Bool("update", false, "write the golden files of events, as far as nothing published breaks")

// Golden fails the test for each way in which the events differ from their golden files, or could no
// longer be read. With -update it writes the files of the current versions first, but never one that
// would lose a field.
func Golden(t *testing.T, published []event.Definition) {
	t.Helper()
	if *update {
		require.NoError(t, Update(folder, published))
	}
	for _, problem := range Check(folder, published) {
		t.Error(problem)
	}
}

// Updating says whether the run of tests is to write golden files.
func Updating() bool { return *update }

// Name is that of a version's golden file.
func Name(t event.Type) string { return fmt.Sprintf("%s.v%d.json", t.Name, t.Version) }

// Encode writes the payload of an event as golden files have it.
func Encode(e event.Event) ([]byte, error) {
	payload, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", e.EventType(), err)
	}
	return append(payload, '\n'), nil
}

// Update writes the golden files of the current versions into dir. It returns an error, and leaves the
// file alone, where a field of the old one would be lost.
func Update(dir string, published []event.Definition) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	var problems []error
	for _, d := range published {
		problems = append(problems, write(filepath.Join(dir, Name(d.Type)), d))
	}
	return errors.Join(problems...)
}

func write(file string, d event.Definition) error {
	payload, err := Encode(d.Sample)
	if err != nil {
		return err
	}
	old, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case bytes.Equal(old, payload):
		return nil
	default:
		if broken := changed(d, old, payload); len(broken) > 0 {
			return errors.Join(broken...)
		}
	}
	return os.WriteFile(file, payload, 0o600)
}
