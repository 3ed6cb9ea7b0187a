package simulation

import (
	"context"
	"database/sql/driver"
	"errors"
	"net"
	"sync/atomic"

	"github.com/banyan-commerce/banyan/platform/dbtest/wire"
)

// Fate is what becomes of a statement on its way to the database.
type Fate int

// The fates.
const (
	Passes       Fate = iota
	NeverArrives      // it does not arrive
	AnswerLost        // it is done, and its answer does not arrive
)

// Wire is the way from one process to its databases (sqldb.Options.Wrap). Every statement passes it,
// BEGIN, COMMIT and ROLLBACK included. A wire that was cut carries nothing any more: for the databases
// the process was killed.
type Wire struct {
	Setup string // a statement for each new connection
	// Network says that a connection which lost a statement or an answer carries nothing any more.
	Network bool
	// Fate decides about a statement and may wait before it does. No lock is held that another
	// statement needs.
	Fate func(ctx context.Context, module, statement string) Fate

	dead atomic.Bool
}

// Kill lets nothing pass from now on.
func (w *Wire) Kill() { w.dead.Store(true) }

// Dead says whether the wire was cut.
func (w *Wire) Dead() bool { return w.dead.Load() }

var errCut = &net.OpError{Op: "simulate", Net: "wire", Err: errors.New("the connection is cut")}

// Wrap is for sqldb.Options.
func (w *Wire) Wrap(module string) func(driver.Connector) driver.Connector {
	return func(c driver.Connector) driver.Connector {
		return wire.Wrap(c, func(ctx context.Context, opened wire.Native) (wire.Line, error) {
			if w.Setup != "" {
				if _, err := opened.ExecContext(ctx, w.Setup, nil); err != nil {
					return nil, err
				}
			}
			return &end{wire: w, module: module}, nil
		})
	}
}

// end is where the statements of one module's connection enter the wire.
type end struct {
	wire   *Wire
	module string
	broken atomic.Bool
}

// Pass runs a statement according to its fate.
func (e *end) Pass(ctx context.Context, statement string, call func() error) error {
	if !e.Works() {
		return errCut
	}
	fate := e.wire.Fate(ctx, e.module, statement)
	if fate == NeverArrives || !e.Works() {
		return e.cut()
	}
	if err := call(); err != nil || fate != AnswerLost {
		return err
	}
	return e.cut()
}

// cut is how a statement ends that does not get through.
func (e *end) cut() error {
	e.broken.Store(e.wire.Network)
	return errCut
}

// Admit asks for no fate: it must not wait.
func (e *end) Admit(string) error {
	if !e.Works() {
		return errCut
	}
	return nil
}

// Works lets the connections of a killed process be closed, and so their transactions be undone.
func (e *end) Works() bool { return !e.wire.dead.Load() && !e.broken.Load() }
