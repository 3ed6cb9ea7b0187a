package eventtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/banyan-commerce/banyan/platform/event"
)

const (
	newVersion = "events of this version are stored and must be read: keep the field as it is, or publish a new version " +
		"(raise the number in EventType, keep the old struct, lead from it by event.Upcast)"
	runUpdate = "run the test of this package with -update, and look at the difference before you commit it"
)

// Check compares the events with the golden files in dir, and answers every problem.
func Check(dir string, published []event.Definition) []error {
	c := check{dir: dir, known: map[string]bool{}}
	for _, d := range published {
		c.current(d)
		for _, old := range event.Versions(d.Sample)[1:] {
			c.older(d, old)
		}
		c.upcasters(d)
	}
	c.strays()
	return c.problems
}

type check struct {
	dir      string
	known    map[string]bool // names of golden files that a version belongs to
	problems []error
}

func (c *check) report(t event.Type, format string, args ...any) {
	c.problems = append(c.problems, fmt.Errorf("%s: %w", t, fmt.Errorf(format, args...)))
}

// golden reads the file of a version; without tells what to do when there is none.
func (c *check) golden(t event.Type, without string) ([]byte, bool) {
	name := Name(t)
	c.known[name] = true
	golden, err := os.ReadFile(filepath.Join(c.dir, name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.report(t, "there is no golden file %s: %s", name, without)
	case err != nil:
		c.report(t, "%w", err)
	}
	return golden, err == nil
}

// current compares the sample with the file of its version.
func (c *check) current(d event.Definition) {
	for _, path := range Empty(d.Sample) {
		c.report(d.Type, "the sample leaves %s empty, so that no golden file and no example shows it", path)
	}
	golden, ok := c.golden(d.Type, runUpdate)
	if !ok {
		return
	}
	payload, err := Encode(d.Sample)
	if err != nil {
		c.report(d.Type, "%w", err)
		return
	}
	if !bytes.Equal(golden, payload) {
		broken := changed(d, golden, payload)
		if len(broken) == 0 {
			c.report(d.Type, "differs from %s in what it adds or in values: %s", Name(d.Type), runUpdate)
		}
		c.problems = append(c.problems, broken...)
		return
	}
	if err := roundTrip(d.Sample, golden); err != nil {
		c.report(d.Type, "what is written is not what is read: %w", err)
	}
	c.tolerant(d, d.Type, golden)
}

// tolerant: consumers of this version meet events to which a newer version of their publisher adds a field.
func (c *check) tolerant(d event.Definition, t event.Type, golden []byte) {
	plain, err := event.Lift(d.Sample, t, golden)
	if err != nil {
		return // which is told elsewhere
	}
	widened, err := event.Lift(d.Sample, t, Widened(golden))
	if err == nil {
		err = readsAs(d.Sample, widened, plain)
	}
	if err != nil {
		c.report(t, "an event of this version with a field more is read as another one: %w; events grow by fields, "+
			"and who does not know one passes over it", err)
	}
}

// changed tells what of a version's golden file its event no longer has.
func changed(d event.Definition, golden, payload []byte) []error {
	var broken []error
	for _, loss := range Losses(golden, payload) {
		broken = append(broken, fmt.Errorf("%s: %s; %s", d.Type, loss, newVersion))
	}
	if len(broken) == 0 {
		if _, err := decode(d.Sample, golden); err != nil {
			broken = append(broken, fmt.Errorf("%s: %s can't be read any more: %w; %s", d.Type, Name(d.Type), err, newVersion))
		}
	}
	return broken
}

// older reads the file of an older version as its own struct, and by way of the upcasters as today's.
func (c *check) older(d event.Definition, t event.Type) {
	golden, ok := c.golden(t, "restore it from the history of the repository")
	if !ok {
		return
	}
	for _, u := range event.Upcasters(d.Sample) {
		if u.From != t {
			continue
		}
		if err := roundTrip(u.Old, golden); err != nil {
			c.report(t, "the struct of this old version is not what was published: %w; restore it", err)
		}
	}
	payload, err := event.Lift(d.Sample, t, golden)
	if err == nil {
		err = roundTrip(d.Sample, payload)
	}
	if err != nil {
		c.report(t, "%s can't be read as %s: %w", Name(t), d.Type, err)
	}
	c.tolerant(d, t, golden)
}

// upcasters finds those that do not lead to the event.
func (c *check) upcasters(d event.Definition) {
	versions := event.Versions(d.Sample)
	for _, u := range event.Upcasters(d.Sample) {
		if !slices.Contains(versions, u.From) {
			c.report(d.Type, "the upcaster from %s to %s leads nowhere: each goes to the next version, without a gap", u.From, u.To)
		}
	}
}

// strays finds golden files that nobody can read any more.
func (c *check) strays() {
	entries, err := os.ReadDir(c.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.problems = append(c.problems, err)
	}
	for _, entry := range entries {
		if !c.known[entry.Name()] {
			c.problems = append(c.problems, fmt.Errorf("%s belongs to no published event and no upcaster leads from it: events of this version are "+
				"stored and must be read; publish it again, or write an event.Upcast from it, or delete the file when no store holds one any more", entry.Name()))
		}
	}
}

// roundTrip reads a payload as the type of e and writes it again. The result has the same fields and
// values: a field that e does not know would be gone, and one that the payload lacks would appear.
func roundTrip(e event.Event, payload []byte) error { return readsAs(e, payload, payload) }

// readsAs is roundTrip where the result is to be another payload.
func readsAs(e event.Event, payload, want []byte) error {
	read, err := decode(e, payload)
	if err != nil {
		return err
	}
	again, err := json.Marshal(read)
	if err != nil {
		return err
	}
	if difference := difference(want, again); difference != "" {
		return errors.New(difference)
	}
	return nil
}
