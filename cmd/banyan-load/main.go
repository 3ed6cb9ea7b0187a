// Command banyan-load measures the shop on this machine, on either engine, and what the same machine
// and database could do at most:
//
//	banyan-load [-engine sqlite|mysql|both] [-clients 16] [-seconds 10] [-rounds 3] [-products 27000] [-against REVISION] [-json FILE]
//	banyan-load -ledger [-engine sqlite|mysql]
//
// It builds the server, starts it (and a private, durable database server), and loads it over HTTP at
// 127.0.0.1 for a bounded time. Beside it, in the same run and taking turns with it, it measures two
// floors: a bare transaction per order, and the shop's own statements without the shop around them. With
// -against it measures the shop of another git revision too, whose orders take turns with these.
// It ends with status 1 after an error or a lost order, and with -strict after a missed goal.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/banyan-commerce/banyan/platform/sqldb"
)

type options struct {
	engines  []sqldb.Engine
	clients  int
	length   time.Duration // of one phase
	rounds   int
	products int
	against  string
	json     string
	profile  string
	strict   bool
	ledger   bool
}

var errMissed = errors.New("a goal was missed")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return
	default:
		fmt.Fprintln(os.Stderr, "banyan-load:", err)
	}
	os.Exit(1)
}

func run(ctx context.Context, args []string, out, progress io.Writer) error {
	o, err := parse(args, progress)
	if err != nil {
		return err
	}
	b, err := newBench(ctx, o, progress)
	if err != nil {
		return err
	}
	defer b.close()
	if o.ledger {
		return b.ledgers(ctx, out)
	}
	return b.measureAll(ctx, out)
}

func parse(args []string, usage io.Writer) (options, error) {
	var o options
	var engine string
	f := flag.NewFlagSet("banyan-load", flag.ContinueOnError)
	f.SetOutput(usage)
	f.StringVar(&engine, "engine", "both", "sqlite, mysql or both")
	f.IntVar(&o.clients, "clients", 16, "clients at a time, for the shop and for the floors")
	seconds := f.Float64("seconds", 10, "length of a phase")
	f.IntVar(&o.rounds, "rounds", 3, "how often floors and orders take turns; medians are reported")
	f.IntVar(&o.products, "products", 27000, "products in the catalogue")
	f.StringVar(&o.against, "against", "", "a git revision whose shop is measured as well, taking turns with this one")
	f.StringVar(&o.json, "json", "", "write all figures to this file")
	f.StringVar(&o.profile, "profile", "", "write a CPU profile of the server taking orders to FILE.ENGINE")
	f.BoolVar(&o.strict, "strict", false, "end with status 1 when a goal is missed")
	f.BoolVar(&o.ledger, "ledger", false, "print the statements of one order and measure nothing")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	o.length = time.Duration(*seconds * float64(time.Second))
	switch engine {
	case "both":
		o.engines = []sqldb.Engine{sqldb.SQLite, sqldb.MySQL}
	case string(sqldb.SQLite), string(sqldb.MySQL):
		o.engines = []sqldb.Engine{sqldb.Engine(engine)}
	default:
		return o, fmt.Errorf("-engine %q: must be sqlite, mysql or both", engine)
	}
	return o, o.check(f.Args())
}

// check keeps every measurement bounded.
func (o options) check(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("%q: there are no arguments, only flags", rest)
	case o.clients < 1 || o.clients > 256:
		return errors.New("-clients: 1 to 256")
	case o.length < 100*time.Millisecond || o.length > 10*time.Minute:
		return errors.New("-seconds: 0.1 to 600")
	case o.rounds < 1 || o.rounds > 20:
		return errors.New("-rounds: 1 to 20")
	case o.products < 100 || o.products > 1_000_000:
		return errors.New("-products: 100 to 1000000")
	}
	return nil
}
