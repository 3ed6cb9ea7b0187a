package mysqld

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Crash ends the server as a crash does; its folder stays, for Restart. Done is closed.
func (s *Server) Crash() error { return s.process.kill() }

const portAttempts = 100

// Restart brings a crashed server up again, on its folder and port, and returns when it answers: what was
// committed before is there. Call it from one goroutine, after Crash, and no other method meanwhile; Done is
// another channel then. ctx bounds the start alone. It returns ErrDied with the end of the server's log, or what the file system says.
func (s *Server) Restart(ctx context.Context) error {
	for attempt := 1; ; attempt++ {
		process, err := launch(s.build.binary, s.build.arguments(s.folder, s.account.port, s.options), s.folder.join("log"))
		if err != nil {
			return fmt.Errorf("restart database server: %w", err)
		}
		s.process = process
		_, err = awaitAnswer(ctx, s.account.dsn(), process.done)
		if err == nil {
			return nil
		}
		last := logTail(s.folder.join("log"))
		err = errors.Join(fmt.Errorf("restart database server: %w", err), process.kill(), errors.New(last))
		if attempt == portAttempts || !strings.Contains(last, "ddress already in use") {
			return err
		}
		select { // somebody's connection may have the port, until it ends
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}
