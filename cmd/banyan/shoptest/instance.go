package shoptest

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
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

// Instance is a program that is started again whenever it has ended, until the rig lets it end.
type Instance struct {
	command func() *exec.Cmd
	said    func(line string) // of its standard output
	signs   []string

	mu      sync.Mutex
	process *os.Process     // nil while none runs
	lines   map[string]bool // the signs that the present process has given
	kills   int             // by the rig
	deaths  int             // of its own accord
	gate    chan struct{}   // closed: it may run
	up      func()          // closes it
	ending  bool
	status  int // of the end that was asked for
	log     tail
	ended   chan struct{}
}

// Supervise starts a program. Signs are parts of lines that Has looks for, the first of which says that the
// program serves; said, which may be nil, is told each line.
func Supervise(t *testing.T, signs []string, command func() *exec.Cmd, said func(line string)) *Instance {
	t.Helper()
	i := &Instance{command: command, said: said, signs: signs, ended: make(chan struct{})}
	i.shut()()
	t.Cleanup(func() {
		i.finish()
		i.Signal(syscall.SIGKILL)
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
func (i *Instance) live() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(i.ended)
	for i.once() {
		time.Sleep(5 * time.Millisecond) // one that can't start, for want of its database, tries in peace
	}
}

func (i *Instance) once() (again bool) {
	i.mu.Lock()
	mayRun := i.gate
	i.mu.Unlock()
	<-mayRun
	c := i.command()
	c.SysProcAttr = ownGroup()
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

func (i *Instance) listen(out io.Reader) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if i.said != nil {
			i.said(lines.Text())
		}
		for _, sign := range i.signs {
			if strings.Contains(lines.Text(), sign) {
				i.note(sign)
			}
		}
	}
}

// Signal sends a signal to the process that runs, if there is one.
func (i *Instance) Signal(s os.Signal) (*os.Process, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.process == nil {
		return nil, false
	}
	return i.process, i.process.Signal(s) == nil
}

// Kill is kill -9; it says whether there was somebody to be killed.
func (i *Instance) Kill() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.process == nil || i.process.Signal(syscall.SIGKILL) != nil {
		return false
	}
	i.kills++
	i.process, i.lines = nil, nil // twice is once
	return true
}

// Pause stops the process, as a machine does that swaps or a container whose share of the processor is
// spent, and lets it go on later: then it believes that no time has passed.
func (i *Instance) Pause(length time.Duration) bool {
	process, ok := i.Signal(syscall.SIGSTOP)
	if ok {
		time.Sleep(length)
		_ = process.Signal(syscall.SIGCONT) // it may have been killed meanwhile
	}
	return ok
}

func (i *Instance) note(sign string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.lines != nil { // it has not been killed meanwhile
		i.lines[sign] = true
	}
}

// Has says whether the process that runs at present has given a sign.
func (i *Instance) Has(sign string) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.lines[sign]
}

// KeepDown kills the process and starts none until up is called.
func (i *Instance) KeepDown() (up func()) {
	up = i.shut()
	i.Kill()
	return up
}

// shut lets no process start until up.
func (i *Instance) shut() (up func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	gate := make(chan struct{})
	i.gate, i.up = gate, sync.OnceFunc(func() { close(gate) })
	return i.up
}

// Serves says whether the process that runs at present has said that it serves.
func (i *Instance) Serves() bool { return i.Has(i.signs[0]) }

// PID is the process that runs at present, 0 if there is none.
func (i *Instance) PID() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.process == nil {
		return 0
	}
	return i.process.Pid
}

// Deaths is how often it ended without having been killed by the rig, or asked to.
func (i *Instance) Deaths() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.deaths
}

// Log is the end of what it has logged.
func (i *Instance) Log() string { return i.log.String() }

// Panicked is the first panic that it has logged, empty if there was none.
func (i *Instance) Panicked() string { return i.log.panicked() }

// finish lets no process follow the one that runs. One that is kept down is let go, to end.
func (i *Instance) finish() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.ending = true
	i.up()
}

// End asks it to end, and answers the exit status.
func (i *Instance) End(t *testing.T) int {
	t.Helper()
	i.finish()
	i.Signal(syscall.SIGTERM)
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

// FreeAddress is one on loopback that was free a moment ago, for processes that are told of each other before they run,
// and that keep it when they are started again. Its port is none of those that systems hand out to connections
// (32768 and more on Linux), which would take it while its process is down.
func FreeAddress(t *testing.T) string {
	t.Helper()
	const lowest, highest = 10_000, 32_000
	var lc net.ListenConfig
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", lowest+rand.IntN(highest-lowest)) //nolint:gosec // chances, not secrets
		l, err := lc.Listen(t.Context(), "tcp", address)
		if err == nil {
			require.NoError(t, l.Close())
			return address
		}
	}
	require.Fail(t, "no port is free")
	return ""
}
