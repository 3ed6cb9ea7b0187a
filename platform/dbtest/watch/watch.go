// Package watch sees each statement that tests send to a module's schema, whatever composed it, and
// refuses one that names what is not the module's: with the module, the statement and the stack of who
// sent it. It also writes down which edges between modules, and which tables, a run of tests has seen.
package watch

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"hash/maphash"
	"regexp"
	"strings"
	"sync"

	"github.com/banyan-commerce/banyan/platform/dbtest/observed"
	"github.com/banyan-commerce/banyan/platform/dbtest/wire"
)

// ErrForeign is what the sender of a refused statement gets.
var ErrForeign = errors.New("the statement names what is not the module's")

// Watch is shared by the tests of a process.
type Watch struct {
	schemas   *Schemas
	record    *observed.Record
	seed      maphash.Seed
	good      sync.Map // fingerprint -> struct{}: statements are sent again and again
	temporary sync.Map // temporary -> struct{}
}

// fingerprint stands for a statement that a module sent; texts may be long.
type fingerprint struct {
	module string
	sum    uint64
}

type temporary struct{ module, table string }

// New makes a watch that writes what it sees to the record.
func New(s *Schemas, r *observed.Record) *Watch {
	return &Watch{schemas: s, record: r, seed: maphash.MakeSeed()}
}

// Wrap is for sqldb.Options of a module's schema, beneath any other wrapper: what is seen is what would
// reach the database. Each kind of wrong statement is told to fail once, and refused always.
func (w *Watch) Wrap(module string, fail func(text string)) func(driver.Connector) driver.Connector {
	s := &sight{watch: w, fail: fail}
	return func(c driver.Connector) driver.Connector {
		return wire.Wrap(c, func(context.Context, wire.Native) (wire.Line, error) { return line{s, module}, nil })
	}
}

// WrapProgram is like Wrap for all schemas of a program: each connection is asked whose it is.
func (w *Watch) WrapProgram(fail func(text string)) func(driver.Connector) driver.Connector {
	s := &sight{watch: w, fail: fail}
	return func(c driver.Connector) driver.Connector {
		return wire.Wrap(c, func(ctx context.Context, opened wire.Native) (wire.Line, error) {
			schema, err := wire.SchemaOf(ctx, opened)
			return line{s, w.schemas.moduleOf(schema)}, err
		})
	}
}

// sight is one use of the watch, by one test.
type sight struct {
	watch *Watch
	fail  func(text string)
	told  sync.Map // fingerprint -> struct{}
}

// line is a connection to a module's schema.
type line struct {
	sight  *sight
	module string
}

// Pass judges a statement before it is sent: a server that would refuse it is not asked.
func (l line) Pass(_ context.Context, text string, call func() error) error {
	if err := l.sight.see(l.module, text); err != nil {
		return err
	}
	return call()
}

// Admit judges a statement when it is prepared, on the goroutine that wants it first.
func (l line) Admit(text string) error { return l.sight.see(l.module, text) }

// Works is true always: a refused statement breaks no connection.
func (l line) Works() bool { return true }

func (s *sight) see(module, text string) error {
	mark := fingerprint{module, maphash.String(s.watch.seed, text)}
	if _, known := s.watch.good.Load(mark); known {
		return nil
	}
	wrong, err := s.watch.look(module, text)
	switch {
	case err != nil:
		s.fail(err.Error())
		return err
	case wrong == nil:
		s.watch.good.Store(mark, struct{}{})
		return nil
	}
	if _, told := s.told.LoadOrStore(mark, struct{}{}); !told {
		s.fail(tell(module, text, wrong))
	}
	return fmt.Errorf("%w: module %s %s", ErrForeign, module, wrong.what)
}

var createsTemporary = regexp.MustCompile("(?i)^\\s*CREATE\\s+TEMP(?:ORARY)?\\s+TABLE\\s+(?:IF\\s+NOT\\s+EXISTS\\s+)?[`\"]?(\\w+)")

// look judges a statement and records the tables that it uses.
func (w *Watch) look(module, text string) (*foreign, error) {
	if made := createsTemporary.FindStringSubmatch(text); made != nil {
		w.temporary.Store(temporary{module, strings.ToLower(made[1])}, struct{}{})
	}
	uses, wrong := w.schemas.judge(module, text, func(table string) bool {
		_, is := w.temporary.Load(temporary{module, table})
		return is
	})
	for _, table := range uses {
		if err := w.record.See(observed.Edge{Kind: observed.Table, Module: module, Name: table}); err != nil {
			return nil, err
		}
	}
	return wrong, nil
}
