package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/banyan-commerce/banyan/platform/sqldb"
)

type options struct {
	engines []sqldb.Engine
	rows    map[int]bool
	events  int64 // of one drain
	rounds  int
	length  time.Duration // of a phase of rows 4 and 5
	backlog int64
	clients int
	json    string
	profile string
	strict  bool
	tune    bool
}

const lastRow = 6

func parse(args []string, usage io.Writer) (options, error) {
	o := options{rows: make(map[int]bool)}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(usage)
	engine := f.String("engine", "both", "sqlite, mysql or both")
	only := f.String("only", "1,2,3,4,5,6", "rows of the table to measure")
	f.Int64Var(&o.events, "n", 20000, "events of one drain")
	f.IntVar(&o.rounds, "rounds", 5, "how often the contenders take turns; medians are reported")
	seconds := f.Float64("seconds", 5, "length of a phase of rows 4 and 5")
	f.Int64Var(&o.backlog, "backlog", 1_000_000, "events of the big backlog, which is drained once")
	f.IntVar(&o.clients, "clients", 8, "clients of row 5 at a time")
	f.StringVar(&o.json, "json", "", "write all figures to this file")
	f.StringVar(&o.profile, "profile", "", "write CPU profiles and statement counts of Banyan in rows 1, 2, 3, 5 and 6 into this folder")
	f.BoolVar(&o.strict, "strict", false, "end with status 1 when a goal is missed")
	f.BoolVar(&o.tune, "tune", false, "measure the peers of rows 1 to 3 in many configurations, and nothing else")
	short := f.Bool("short", false, "a smoke test: small numbers, two rounds; the figures mean little")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	o.length = time.Duration(*seconds * float64(time.Second))
	if *short {
		o.events, o.rounds, o.length, o.backlog = 1000, 2, 400*time.Millisecond, 10_000
	}
	if err := errors.Join(o.chooseEngines(*engine), o.chooseRows(*only)); err != nil {
		return o, err
	}
	return o, o.check(f.Args())
}

func (o *options) chooseEngines(text string) error {
	switch engine := sqldb.Engine(text); {
	case text == "both":
		o.engines = []sqldb.Engine{sqldb.MySQL, sqldb.SQLite}
	case engine == sqldb.SQLite || engine == sqldb.MySQL:
		o.engines = []sqldb.Engine{engine}
	default:
		return fmt.Errorf("-engine %q: must be sqlite, mysql or both", text)
	}
	return nil
}

func (o *options) chooseRows(text string) error {
	for field := range strings.SplitSeq(text, ",") {
		row, err := strconv.Atoi(strings.TrimSpace(field))
		if err != nil || row < 1 || row > lastRow {
			return fmt.Errorf("-only %q: must be numbers from 1 to %d", text, lastRow)
		}
		o.rows[row] = true
	}
	return nil
}

// check keeps every measurement bounded.
func (o options) check(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("%q: there are no arguments, only flags", rest)
	case o.events < 100 || o.events > 10_000_000:
		return errors.New("-n: 100 to 10000000")
	case o.backlog < 100 || o.backlog > 10_000_000:
		return errors.New("-backlog: 100 to 10000000")
	case o.rounds < 1 || o.rounds > 50:
		return errors.New("-rounds: 1 to 50")
	case o.length < 100*time.Millisecond || o.length > 10*time.Minute:
		return errors.New("-seconds: 0.1 to 600")
	case o.clients < 1 || o.clients > 64:
		return errors.New("-clients: 1 to 64")
	}
	return nil
}
