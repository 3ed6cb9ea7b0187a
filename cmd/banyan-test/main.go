// Command banyan-test runs the tests of the tree on both database engines:
//
//	banyan-test [-no-mysql] [go test flags] [packages]
//	banyan-test -server-only [-durable]
//	banyan-test -deps
//
// For a run it starts one private server (package mysqld) and tells the tests its address in
// BANYAN_TEST_MYSQL_DSN; a server that this variable names already is used instead.
//
// Tests write down which calls, events and tables of modules they saw, and after the run these are
// compared with the manifests: what no manifest declares fails the run, and what no test of a whole run
// made happen is warned of. Its last lines say so, and what became of the MySQL half and how many tests
// passed, failed and were skipped.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// dsnVariable names the server for package dbtest.
const dsnVariable = "BANYAN_TEST_MYSQL_DSN"

// errFailed ends the program with status 1 after the reason has been printed.
var errFailed = errors.New("tests failed")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err == nil {
		return
	}
	if !errors.Is(err, errFailed) {
		fmt.Fprintln(os.Stderr, "banyan-test:", err)
	}
	os.Exit(1)
}

func run(ctx context.Context, arguments []string, out io.Writer) error {
	command := parse(arguments)
	switch {
	case command.deps:
		return installServer(ctx, out)
	case command.serverOnly:
		return serve(ctx, out, command.durable)
	default:
		return test(ctx, out, command)
	}
}

// command is what the arguments ask for.
type command struct {
	deps       bool
	serverOnly bool
	durable    bool
	noMySQL    bool
	goTest     []string // everything else, for go test
}

// parse takes this program's own flags from the front and leaves the rest alone: it can't know which
// of go test's flags take a value.
func parse(arguments []string) command {
	var c command
	own := map[string]*bool{
		"-deps": &c.deps, "-server-only": &c.serverOnly, "-durable": &c.durable, "-no-mysql": &c.noMySQL,
	}
	for len(arguments) > 0 && own[arguments[0]] != nil {
		*own[arguments[0]] = true
		arguments = arguments[1:]
	}
	c.goTest = arguments
	if len(c.goTest) == 0 {
		c.goTest = []string{"./..."}
	}
	return c
}
