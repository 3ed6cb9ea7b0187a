package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// graceOfTests is how long interrupted tests may take to clean up before they are killed.
const graceOfTests = 10 * time.Second

// test runs go test with the server of this run and prints the totals. Error: errFailed when a test
// failed, or when the MySQL half did not run in CI; what a broken server or a signal says.
func test(ctx context.Context, out io.Writer, c command) (err error) {
	half, err := openMySQL(ctx, out, c.noMySQL)
	if err != nil {
		fmt.Fprintln(out, "MySQL half: DID NOT RUN (the server does not work)")
		return err
	}
	defer func() { err = errors.Join(err, half.close()) }()
	report := newReport(out, verbose(c.goTest))
	ended := goTest(ctx, c.goTest, half.dsn, report)
	report.finish(half)
	if ctx.Err() != nil {
		return fmt.Errorf("stopped by a signal: %w", ctx.Err())
	}
	if ended != nil || report.totals().failed > 0 || (half.missing != "" && inCI()) {
		return errFailed
	}
	return nil
}

// goTest runs go test and feeds what it tells to the report. Its error says that a package failed.
func goTest(ctx context.Context, arguments []string, dsn string, report *report) error {
	command := exec.CommandContext(ctx, "go", append([]string{"test", "-json"}, arguments...)...)
	command.Env = environment(dsn)
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

// environment hands the server to the tests; without one none may be there by chance.
func environment(dsn string) []string {
	variables := make([]string, 0, len(os.Environ())+1)
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, dsnVariable+"=") {
			variables = append(variables, variable)
		}
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
