// Package path records the SQL of one order, from its placing until it is settled, and runs it again
// and again for fresh orders: the second floor of the benchmark. What it runs is what the shop ran,
// recorded in the same run and not written down here, so that it can't drift from the shop.
package path

import (
	"database/sql/driver"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Statement is one statement as it was run.
type Statement struct {
	Query string
	Args  []driver.Value
	Into  reflect.Type // what a read filled; nil for a write
	Rows  int64        // that it matched or read
}

// Unit is what belongs together: the statements of one transaction, or one read outside any.
type Unit struct {
	Module     string
	Tx         bool
	Statements []Statement

	err error
}

// Recorder keeps what the schemas of a shop are sent while it is on.
type Recorder struct {
	mu    sync.Mutex
	on    bool
	last  time.Time
	units []*Unit
	open  map[*sqldb.Tx]*Unit
}

// Observe is for sqldb.Options.
func (r *Recorder) Observe(s sqldb.Statement) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.on {
		return
	}
	if !machinery(Unit{Statements: []Statement{{Query: s.Query}}}) {
		r.last = time.Now()
	}
	u := r.unit(s)
	u.err = trouble(u.err, s)
	u.Statements = append(u.Statements, Statement{
		Query: s.Query, Args: values(s.Args), Into: target(s.Into), Rows: rows(s),
	})
}

func (r *Recorder) unit(s sqldb.Statement) *Unit {
	if u, ok := r.open[s.Tx]; ok && s.Tx != nil {
		return u
	}
	u := &Unit{Module: s.Module, Tx: s.InTx}
	r.units = append(r.units, u)
	if s.Tx != nil {
		r.open[s.Tx] = u
	}
	return u
}

// Start forgets what was recorded and records.
func (r *Recorder) Start() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.on, r.last, r.units, r.open = true, time.Now(), nil, map[*sqldb.Tx]*Unit{}
}

// Quiet is how long ago the last statement was that may be part of an order's path: the bus and the
// runner of tasks look for more work all the time.
func (r *Recorder) Quiet() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return time.Since(r.last)
}

// Stop ends recording and answers what was recorded, in the order of the units' first statements.
func (r *Recorder) Stop() []Unit {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.on = false
	units := make([]Unit, len(r.units))
	for i, u := range r.units {
		units[i] = *u
	}
	return units
}

// trouble: a statement that failed makes its unit useless, but for a read that found nothing.
func trouble(before error, s sqldb.Statement) error {
	if before != nil || s.Err == nil || sqldb.IsNoRows(s.Err) {
		return before
	}
	return fmt.Errorf("%s: %q: %w", s.Module, s.Query, s.Err)
}

func target(into any) reflect.Type {
	if into == nil {
		return nil
	}
	return reflect.TypeOf(into).Elem()
}

// many tells Select's target, a slice of rows, from Get's, which may be a slice of bytes.
func many(into reflect.Type) bool {
	return into.Kind() == reflect.Slice && into.Elem().Kind() != reflect.Uint8
}

func rows(s sqldb.Statement) int64 {
	switch {
	case s.Into == nil:
		return s.Matched()
	case many(target(s.Into)):
		return int64(reflect.ValueOf(s.Into).Elem().Len())
	case s.Err != nil:
		return 0
	}
	return 1
}

// values are arguments as the driver gets them, copied.
func values(args []any) []driver.Value {
	all := make([]driver.Value, len(args))
	for i, arg := range args {
		v, err := driver.DefaultParameterConverter.ConvertValue(arg)
		if err != nil {
			v = fmt.Sprintf("(not a driver's value: %T)", arg) // the database refused it, too
		}
		if b, ok := v.([]byte); ok {
			v = slices.Clone(b)
		}
		all[i] = v
	}
	return all
}
