// Command banyan-controls proves that the bus's rigs can fail: it plants one bug after the other in a copy of
// the code and demands that the rig turns red with the words of the checker that is there for it.
//
//	go run ./cmd/banyan-controls [name]
//
// Nothing in production code knows of it: go test's -overlay puts the copy in the place of a source
// file. A bug is an exact text and what replaces it. A text that is not found exactly once, or a copy
// that does not compile, fails the control itself: the code has moved on, and the bug must follow.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/banyan-commerce/banyan/platform/dbtest/mysqld"
)

// atOnce is how many variants are built and run at a time.
const atOnce = 2

// dsnVariable names the server for package dbtest.
const dsnVariable = "BANYAN_TEST_MYSQL_DSN"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdout, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "controls:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, only []string) (err error) {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	list := chosen(only)
	if len(list) == 0 {
		return fmt.Errorf("no control is called %q", strings.Join(only, " "))
	}
	dir, err := os.MkdirTemp("", "banyan-controls-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	dsn, stop, err := server(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	w := workshop{root: root, dir: dir, dsn: dsn}
	return w.tryAll(ctx, out, list)
}

func chosen(only []string) []bug {
	var list []bug
	for _, b := range bugs() {
		if len(only) == 0 || strings.Contains(b.name, strings.Join(only, " ")) {
			list = append(list, b)
		}
	}
	return list
}

// server is the one that the environment names, or a private one.
func server(ctx context.Context) (dsn string, stop func() error, err error) {
	if dsn = os.Getenv(dsnVariable); dsn != "" {
		return dsn, func() error { return nil }, nil
	}
	s, err := mysqld.Start(ctx, mysqld.Options{})
	if err != nil {
		return "", nil, fmt.Errorf("some bugs show on MariaDB alone: %w", err)
	}
	return s.DSN(), s.Stop, nil
}

// tryAll tries each bug and says what became of it. Its error names those that were not found.
func (w workshop) tryAll(ctx context.Context, out io.Writer, all []bug) error {
	var mu sync.Mutex
	var errs []error
	var running sync.WaitGroup
	places := make(chan struct{}, atOnce)
	for n, b := range all {
		running.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			found, err := w.try(ctx, n, b)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", b.name, err))
				found = "NOT AS IT SHOULD BE"
			}
			fmt.Fprintf(out, "%-44s %s\n", b.name, found)
		})
	}
	running.Wait()
	return errors.Join(errs...)
}

// moduleRoot is the folder of go.mod, here or above.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	for ; err == nil; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("no go.mod here or above")
		}
	}
	return "", err
}
