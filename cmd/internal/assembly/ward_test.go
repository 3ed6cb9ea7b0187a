package assembly_test

import (
	"bytes"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest/wire"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// ward makes what works on one module's schema sick, whoever asks: statements hang, whatever their contexts
// say, or code panics where it has just run one.
type ward struct {
	module string

	mu    sync.Mutex
	block chan struct{} // closed when nothing hangs any more; nil while nothing does

	panics atomic.Pointer[func(sqldb.Statement) bool]
	fits   atomic.Int64 // panics so far
}

func (w *ward) options() sqldb.Options {
	return sqldb.Options{
		Wrap: func(c driver.Connector) driver.Connector {
			return wire.Wrap(c, func(ctx context.Context, opened wire.Native) (wire.Line, error) {
				module, err := moduleOf(ctx, opened)
				return bed{w, module == w.module}, err
			})
		},
		Observe: func(s sqldb.Statement) {
			if wanted := w.panics.Load(); wanted != nil && s.Module == w.module && (*wanted)(s) {
				w.fits.Add(1)
				panic("a mistake in " + w.module)
			}
		},
	}
}

// hang lets every statement wait until heal.
func (w *ward) hang() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.block = make(chan struct{})
}

// panicAfter lets code panic after statements.
func (w *ward) panicAfter(wanted func(sqldb.Statement) bool) { w.panics.Store(&wanted) }

// heal may be called again.
func (w *ward) heal() {
	w.panics.Store(nil)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.block != nil {
		close(w.block)
		w.block = nil
	}
}

// languish is where whatever hangs is found in a profile.
func (w *ward) languish() {
	w.mu.Lock()
	block := w.block
	w.mu.Unlock()
	if block != nil {
		<-block
	}
}

// bed is one connection.
type bed struct {
	ward *ward
	sick bool
}

func (b bed) Pass(_ context.Context, _ string, call func() error) error {
	if b.sick {
		b.ward.languish()
	}
	return call()
}

func (bed) Admit(string) error { return nil }
func (bed) Works() bool        { return true }

// moduleOf asks a connection whose schema it is in.
func moduleOf(ctx context.Context, c wire.Native) (module string, err error) {
	rows, err := c.QueryContext(ctx, "SELECT 0, 0, DATABASE()", nil)
	if err != nil { // SQLite has no such function
		rows, err = c.QueryContext(ctx, "PRAGMA database_list", nil) // seq, name, file
	}
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	row := make([]driver.Value, 3)
	if err := rows.Next(row); err != nil {
		return "", err
	}
	name := strings.TrimSuffix(filepath.Base(fmt.Sprintf("%s", row[2])), ".db")
	return name[strings.LastIndex(name, "_")+1:], nil
}

// stuck counts the goroutines of this process that hang in a ward, by the module whose work they do.
func stuck(t *testing.T) map[string]int {
	t.Helper()
	var profile bytes.Buffer
	require.NoError(t, pprof.Lookup("goroutine").WriteTo(&profile, 1))
	counts := map[string]int{}
	for group := range strings.SplitSeq(profile.String(), "\n\n") {
		if !strings.Contains(group, "(*ward).languish") {
			continue
		}
		number, _, _ := strings.Cut(strings.TrimSpace(group), " ")
		n, err := strconv.Atoi(number)
		require.NoError(t, err, group)
		_, labels, _ := strings.Cut(group, `"module":"`)
		module, _, _ := strings.Cut(labels, `"`)
		counts[module] += n
	}
	return counts
}
