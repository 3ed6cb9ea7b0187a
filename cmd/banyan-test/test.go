package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/banyan-commerce/banyan/platform/dbtest/observed"
)

// graceOfTests is how long interrupted tests may take to clean up before they are killed.
const graceOfTests = 10 * time.Second

// test runs go test with the server of this run, compares what it saw with the manifests and prints the
// totals. Error: errFailed when a test failed, when a module did what its manifest does not declare, or
// when the MySQL half did not run in CI; what a broken server, an unreadable tree or a signal says.
func test(ctx context.Context, out io.Writer, c command) (err error) {
	half, err := openMySQL(ctx, out, c.noMySQL)
	if err != nil {
		fmt.Fprintln(out, "MySQL half: DID NOT RUN (the server does not work)")
		return err
	}
	defer func() { err = errors.Join(err, half.close()) }()
	seen, err := startObservation()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, seen.close()) }()
	report := newReport(out, verbose(c.goTest))
	ended := goTest(ctx, c.goTest, c.environment(half.dsn, seen.folder), report)
	red := ended != nil || report.totals().failed > 0
	var compared error
	if !c.has("short") {
		compared = seen.compare(c.all() && half.missing == "" && !red)
	}
	report.finish(half, seen)
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("stopped by a signal: %w", ctx.Err())
	case compared != nil:
		return compared
	case red || seen.failed() || (half.missing != "" && inCI()):
		return errFailed
	}
	return nil
}

// goTest runs go test and feeds what it tells to the report. Its error says that a package failed.
func goTest(ctx context.Context, arguments, environment []string, report *report) error {
	command := exec.CommandContext(ctx, "go", append([]string{"test", "-json"}, arguments...)...)
	command.Env = environment
	command.Stderr = os.Stderr
	drained := make(chan struct{})
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return endGroup(command.Process.Pid, drained) }
	output, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return err
	}
	read := report.read(output)
	close(drained)
	return errors.Join(read, command.Wait())
}

// endGroup interrupts go test, every test binary and what those have started; who has not ended
// after a while is killed.
func endGroup(leader int, ended <-chan struct{}) error {
	if err := syscall.Kill(-leader, syscall.SIGINT); err != nil {
		return err
	}
	select {
	case <-ended:
		return nil
	case <-time.After(graceOfTests):
		return syscall.Kill(-leader, syscall.SIGKILL)
	}
}

// environment hands the server, and the folder for what tests see, to the tests; without a server none may
// be there by chance. A short run sees nothing, so that go test answers it from its cache where nothing
// changed.
func (c command) environment(dsn, folder string) []string {
	variables := slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return name == dsnVariable || name == observed.Variable
	})
	if !c.has("short") {
		variables = append(variables, observed.Variable+"="+folder)
	}
	if dsn == "" {
		return variables
	}
	return append(variables, dsnVariable+"="+dsn)
}

func verbose(arguments []string) bool {
	for _, argument := range arguments {
		switch argument {
		case "-v", "-v=true", "--v", "-test.v":
			return true
		case "-args", "--args":
			return false
		}
	}
	return false
}
