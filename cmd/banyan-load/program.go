package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/banyan-commerce/banyan/cmd/internal/customer"
	"github.com/banyan-commerce/banyan/cmd/internal/proc"
)

// program is the built binary and where it may leave files.
type program struct {
	binary string
	dir    string
}

const serverPackage = "github.com/banyan-commerce/banyan/cmd/banyan"

// build compiles the server of a checkout.
func build(ctx context.Context, checkout, dir, name string) (program, error) {
	p := program{binary: filepath.Join(dir, name), dir: dir}
	command := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", p.binary, serverPackage)
	command.Dir = checkout
	if output, err := command.CombinedOutput(); err != nil {
		return p, fmt.Errorf("build the server: %w\n%s", err, output)
	}
	return p, nil
}

// buildRevision compiles the server as it was at a git revision.
func buildRevision(ctx context.Context, revision, dir string) (*program, error) {
	checkout := filepath.Join(dir, "revision")
	if err := os.Mkdir(checkout, 0o700); err != nil {
		return nil, err
	}
	archive := checkout + ".tar"
	for _, c := range []*exec.Cmd{
		exec.CommandContext(ctx, "git", "archive", "--output", archive, revision),
		exec.CommandContext(ctx, "tar", "-x", "-f", archive, "-C", checkout),
	} {
		if output, err := c.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("check out %s: %w\n%s", revision, err, output)
		}
	}
	p, err := build(ctx, checkout, dir, "banyan-of-revision")
	return &p, err
}

// Tokens of the servers that are measured; they live as long as the run.
const (
	operatorToken = "operator-of-the-benchmark"
	secret        = "the benchmark's secret, which protects nothing"
)

// environment has nothing of ours but what is measured.
func environment(more ...string) []string {
	var kept []string
	for _, line := range os.Environ() {
		if !strings.HasPrefix(line, "BANYAN_") {
			kept = append(kept, line)
		}
	}
	return append(kept, append([]string{
		"BANYAN_OPERATOR_TOKEN=" + operatorToken, "BANYAN_SECRET=" + secret, "BANYAN_DEMO=off",
	}, more...)...)
}

// command runs the binary to its end.
func (p program) command(ctx context.Context, env []string, args ...string) error {
	c := exec.CommandContext(ctx, p.binary, args...)
	c.Env = env
	c.Dir = p.dir
	if output, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("banyan %s: %w\n%s", strings.Join(args, " "), err, output)
	}
	return nil
}

// importInto loads the catalogue into a shop that does not run, and answers how long that took.
func (p program) importInto(ctx context.Context, db, feed, rules string) (time.Duration, error) {
	if err := p.command(ctx, environment("BANYAN_DB="+db), "migrate"); err != nil {
		return 0, err
	}
	begin := time.Now()
	err := p.command(ctx, environment("BANYAN_DB="+db), "import", "--source", "load", "--mapping", rules, feed)
	return time.Since(begin), err
}

// child is a running server. The kernel ends it when this process dies in whatever way.
type child struct {
	url     string
	debug   string // where it serves profiles
	process *os.Process
	log     string
	done    chan struct{}
	startup time.Duration // from exec to the first 200 of /readyz
}

// readyLimit bounds the start of a server.
const readyLimit = 60 * time.Second

// serve starts a server and returns when it is ready.
func (p program) serve(ctx context.Context, name, db string, profiled bool) (*child, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	env := environment("BANYAN_DB="+db, "BANYAN_ADDR="+address)
	c := &child{url: "http://" + address, log: filepath.Join(p.dir, name+".log"), done: make(chan struct{})}
	if profiled {
		if c.debug, err = freeAddress(ctx); err != nil {
			return nil, err
		}
		env = append(env, "BANYAN_DEBUG_ADDR="+c.debug)
	}
	begin := time.Now()
	started := make(chan error)
	go c.run(p, env, started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	if err := c.awaitReady(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start the server: %w\n%s", err, c.tail()), c.stop())
	}
	c.startup = time.Since(begin)
	return c, nil
}

// run keeps the thread that forked until the server ends: Linux sends the parent-death signal when that
// thread dies, not the process.
func (c *child) run(p program, env []string, started chan<- error) {
	defer close(c.done)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	log, err := os.Create(c.log)
	if err != nil {
		started <- err
		return
	}
	defer log.Close()
	command := exec.Command(p.binary, "serve") //nolint:noctx // it lives until stop
	command.Env, command.Dir = env, p.dir
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = dyingWithUs()
	if err := command.Start(); err != nil {
		started <- err
		return
	}
	c.process = command.Process
	started <- nil
	_ = command.Wait() // its log says why it ended
}

func (c *child) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyLimit)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	probe := customer.New(c.url)
	for {
		if _, err := probe.Get(ctx, "/readyz", ""); err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-c.done:
			return errors.New("the server ended")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// stop asks the server to drain, and kills it when it does not.
func (c *child) stop() error {
	err := c.process.Signal(syscall.SIGTERM)
	select {
	case <-c.done:
	case <-time.After(time.Minute):
		err = errors.Join(errors.New("the server did not stop within a minute"), c.process.Kill())
		<-c.done
	}
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// end stops the server after err, if there was one, and then adds what the server said last.
func (c *child) end(err error) error {
	if err != nil {
		err = fmt.Errorf("%w\nthe server's last words:\n%s", err, c.tail())
	}
	return errors.Join(err, c.stop())
}

// peakMemory is the most memory that the server has had resident, in bytes; 0 where the system does not say.
func (c *child) peakMemory() int64 { return proc.Peak(c.process.Pid) }

// tail is the end of the server's log.
func (c *child) tail() string {
	text, err := os.ReadFile(c.log)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-10):], "\n")
}

func freeAddress(ctx context.Context) (string, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return l.Addr().String(), l.Close()
}
