package crashpoint_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"net"
	"strings"
	"sync/atomic"

	"github.com/banyan-commerce/banyan/platform/dbtest/wire"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// errCut is what a caller sees of a connection that broke, as the network package tells it.
var errCut = &net.OpError{Op: "read", Net: "tcp", Err: errors.New("connection cut by the test")}

// tapped has a tap above whatever stands between the schemas of one life and the driver. Connecting works for the dead, too: what
// they would say on the connection is refused.
func (l *life) tapped(o sqldb.Options) sqldb.Options {
	beneath := o.Wrap
	o.Wrap = func(c driver.Connector) driver.Connector {
		return wire.Wrap(beneath(c), func(ctx context.Context, opened wire.Native) (wire.Line, error) {
			module, err := moduleOf(ctx, opened)
			return &line{life: l, module: module}, err
		})
	}
	return o
}

// moduleOf asks the connection whose schema it is in. On SQLite it also takes the wait for the disk away:
// that is for when the machine goes down, and here a program does. MySQL refuses that statement.
func moduleOf(ctx context.Context, c wire.Native) (string, error) {
	_, _ = c.ExecContext(ctx, "PRAGMA synchronous = OFF", nil)
	schema, err := wire.SchemaOf(ctx, c)
	return schema[strings.LastIndex(schema, "_")+1:], err
}

// line is a connection that counts what passes, and breaks where the test says. Once broken it stays so.
type line struct {
	life   *life
	module string
	broken atomic.Bool
}

// Pass lets one call go through to the database, or not, or its reply not come back.
func (c *line) Pass(_ context.Context, text string, call func() error) error {
	if c.gone() {
		return errCut
	}
	switch c.life.arrive(c.module, text) {
	case before:
		return errCut
	case unsent:
		c.broken.Store(true)
		return errCut
	case lost:
		c.broken.Store(true)
		_ = call()
		return errCut
	case after:
		_ = call()
		c.life.die()
		return errCut
	default:
		return call()
	}
}

// Admit lets preparing pass uncounted: the statement is counted when it runs.
func (c *line) Admit(string) error {
	if c.gone() {
		return errCut
	}
	return nil
}

func (c *line) gone() bool { return c.broken.Load() || c.life.dead() }

// Works is true for the connections of the dead, too: they are refused, not replaced.
func (c *line) Works() bool { return !c.broken.Load() }
