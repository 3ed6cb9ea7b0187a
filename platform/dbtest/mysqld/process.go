package mysqld

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// process is the server's process and the one goroutine that waits for it.
type process struct {
	pid     int
	handle  *os.Process
	done    chan struct{}
	started chan error
}

// launch starts the binary with its output in a log file. A goroutine keeps the thread that forked
// until the server ends: Linux sends the parent-death signal when that thread dies, not the process.
func launch(binary string, arguments []string, log string) (*process, error) {
	p := &process{done: make(chan struct{}), started: make(chan error)}
	go p.run(binary, arguments, log)
	if err := <-p.started; err != nil {
		return nil, err
	}
	return p, nil
}

func (p *process) run(binary string, arguments []string, log string) {
	defer close(p.done)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	output, err := os.Create(log)
	if err != nil {
		p.started <- err
		return
	}
	defer output.Close()
	command := exec.Command(binary, arguments...) //nolint:noctx // it lives until Stop, not as long as the context of its start
	command.Stdout, command.Stderr = output, output
	command.SysProcAttr = detached()
	if err := command.Start(); err != nil {
		p.started <- err
		return
	}
	p.handle, p.pid = command.Process, command.Process.Pid
	p.started <- nil
	_ = command.Wait() // the status says nothing that the log does not say better
}

// kill ends the process and waits until it is gone.
func (p *process) kill() error {
	err := p.handle.Kill()
	<-p.done
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// logTail is the end of the server's log, where the reason of a failed start stands.
func logTail(log string) string {
	text, err := os.ReadFile(log)
	if err != nil {
		return "no log: " + err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}
