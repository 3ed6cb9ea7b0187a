// Command bench measures Banyan's event bus side by side with its peers, in one run on one machine:
//
//	bench [-only 1,4] [-n 20000] [-rounds 5] [-seconds 5] [-backlog 1000000] [-clients 8]
//	      [-engine sqlite|mysql|both] [-short] [-strict] [-json FILE] [-profile FOLDER]
//
// The rows of the table have numbers: 1 drain in sets, 2 drain with a transaction per event, 3 drain
// with a handler that does nothing, 4 latency, 5 the price of an event in its business transaction,
// 6 a big backlog. Peers are watermill-sql on MariaDB or MySQL (rows 1 and 2) and River on SQLite
// (row 3). Contenders take turns in each round; medians are reported. Every effect is a row, and all
// rows are looked at after each drain: the command ends with status 1 when one event of Banyan's was
// lost, doubled or out of order, after any other error, and with -strict after a missed goal.
//
// It is a module of its own, so that the peers stay out of the shop's module graph.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

var errMissed = errors.New("a goal was missed")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return
	}
	fmt.Fprintln(os.Stderr, "bench:", err)
	os.Exit(1)
}
