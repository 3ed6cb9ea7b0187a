package dbtest

import (
	"database/sql/driver"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest/observed"
	"github.com/banyan-commerce/banyan/platform/dbtest/watch"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// newWatch knows the tables of all modules, and writes into the folder that the environment names.
func newWatch() (*watch.Watch, error) {
	root, err := moduleRoot()
	if err != nil {
		return nil, err
	}
	schemas, err := watch.ReadSchemas(os.DirFS(root))
	if err != nil {
		return nil, err
	}
	return watch.New(schemas, observed.NewRecord(os.Getenv(observed.Variable))), nil
}

// watched has each statement of a module's schema judged before it reaches the database, beneath whatever
// the test itself puts there.
func watched(t *testing.T, o sqldb.Options, module string) sqldb.Options {
	t.Helper()
	w, err := shared().watch()
	require.NoError(t, err)
	return beneath(o, w.Wrap(module, fails(t)))
}

// Watched is for the options of a program that runs inside a test: each statement that it sends is judged
// by the tables of the module whose connection it is. One that names what is not the module's is refused,
// and the test fails with module, statement and stack. Databases of DB and DBs are watched anyway.
func Watched(t *testing.T, o sqldb.Options) sqldb.Options {
	t.Helper()
	w, err := shared().watch()
	require.NoError(t, err)
	return beneath(o, w.WrapProgram(fails(t)))
}

func fails(t *testing.T) func(string) {
	t.Helper()
	return func(text string) { t.Error(text) }
}

func beneath(o sqldb.Options, wrap func(driver.Connector) driver.Connector) sqldb.Options {
	above := o.Wrap
	o.Wrap = func(c driver.Connector) driver.Connector {
		if c = wrap(c); above != nil {
			c = above(c)
		}
		return c
	}
	return o
}

// Observing says whether the run of tests keeps a record of what modules do.
func Observing() bool { return os.Getenv(observed.Variable) != "" }

// Observe adds to the run's record which modules have called, heard and published what, as a program tells
// at /metrics. Tests that run a program call it before they stop that.
func Observe(t *testing.T, metrics string) {
	t.Helper()
	w, err := shared().watch()
	require.NoError(t, err)
	require.NoError(t, w.SeeMetrics(strings.NewReader(metrics)))
}
