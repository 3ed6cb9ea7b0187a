package chaos_test

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// instance is a program that is started again whenever it has ended, until the rig lets it end.
type instance struct {
	command   func() *exec.Cmd
	said      func(line string) // of its standard output
	readyWhen string

	mu      sync.Mutex
	process *os.Process     // nil while none runs
	lines   map[string]bool // that the present process has said, as far as somebody wants to know
	kills   int             // by the rig
	deaths  int             // of its own accord
	ending  bool
	status  int // of the end that was asked for
	log     tail
	ended   chan struct{}
}

// quiet is what an instance of the office says when it publishes no more.
const quiet = "quiet"

// supervise starts a program; readyWhen is the part of a line by which it says that it serves.
func supervise(t *testing.T, readyWhen string, command func() *exec.Cmd, said func(line string)) *instance {
	t.Helper()
	i := &instance{command: command, said: said, readyWhen: readyWhen, ended: make(chan struct{})}
	t.Cleanup(func() {
		i.mu.Lock()
		i.ending = true
		i.mu.Unlock()
		i.signal(syscall.SIGKILL)
		<-i.ended
		if t.Failed() {
			t.Logf("the last words of an instance:\n%s", i.log.String())
		}
	})
	go i.live()
	return i
}

// live runs one process after the other. The goroutine keeps its thread: Linux sends the parent-death
// signal when the thread dies that forked.
func (i *instance) live() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(i.ended)
	for i.once() {
		time.Sleep(5 * time.Millisecond) // one that can't start, for want of its database, tries in peace
	}
}

func (i *instance) once() (again bool) {
	c := i.command()
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	c.Stderr = &i.log
	out, err := c.StdoutPipe()
	if err != nil {
		panic(err)
	}
	i.mu.Lock()
	if i.ending {
		i.mu.Unlock()
		return false
	}
	if err := c.Start(); err != nil { // the test has ended
		i.mu.Unlock()
		return false
	}
	i.process, i.lines = c.Process, map[string]bool{}
	killed := i.kills
	i.mu.Unlock()
	i.listen(out)
	_ = c.Wait() // how it ended is read from its state
	i.mu.Lock()
	defer i.mu.Unlock()
	i.process, i.lines = nil, nil
	if i.ending {
		i.status = c.ProcessState.ExitCode()
		return false
	}
	if i.kills == killed {
		i.deaths++
	}
	return true
}

func (i *instance) listen(out io.Reader) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if i.said != nil {
			i.said(lines.Text())
		}
		for _, sign := range []string{i.readyWhen, quiet} {
			if strings.Contains(lines.Text(), sign) {
				i.note(sign)
			}
		}
	}
}

func (i *instance) signal(s os.Signal) (*os.Process, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.process == nil {
		return nil, false
	}
	return i.process, i.process.Signal(s) == nil
}

// kill is kill -9; it says whether there was somebody to be killed.
func (i *instance) kill() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.process == nil || i.process.Signal(syscall.SIGKILL) != nil {
		return false
	}
	i.kills++
	i.process, i.lines = nil, nil // twice is once
	return true
}

// pause stops the process, as a machine does that swaps or a container whose share of the processor is
// spent, and lets it go on later: then it believes that no time has passed.
func (i *instance) pause(length time.Duration) bool {
	process, ok := i.signal(syscall.SIGSTOP)
	if ok {
		time.Sleep(length)
		_ = process.Signal(syscall.SIGCONT) // it may have been killed meanwhile
	}
	return ok
}

func (i *instance) note(sign string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.lines != nil { // it has not been killed meanwhile
		i.lines[sign] = true
	}
}

// has says whether the process that runs at present has given a sign.
func (i *instance) has(sign string) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.lines[sign]
}

// end asks it to end, and answers the exit status.
func (i *instance) end(t *testing.T) int {
	t.Helper()
	i.mu.Lock()
	i.ending = true
	i.mu.Unlock()
	i.signal(syscall.SIGTERM)
	select {
	case <-i.ended:
	case <-time.After(time.Minute):
		require.Fail(t, "an instance does not end")
	}
	return i.status
}

// tail keeps the end of what a program logs, and whether it ever panicked.
type tail struct {
	mu    sync.Mutex
	text  []byte
	panic string
}

func (l *tail) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at := strings.Index(string(p), "panic: "); at >= 0 && l.panic == "" {
		l.panic = string(p[at:])
	}
	l.text = append(l.text, p...)
	if over := len(l.text) - 64<<10; over > 0 {
		l.text = l.text[over:]
	}
	return len(p), nil
}

func (l *tail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := string(l.text)
	return l.panic + text[max(0, len(text)-6000):]
}

func (l *tail) panicked() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.panic
}
