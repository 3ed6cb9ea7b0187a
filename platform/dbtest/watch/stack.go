package watch

import (
	"fmt"
	"runtime"
	"strings"
)

// tell is advice about a statement: who, what, where, why and what to do instead. On both engines a
// statement reaches the driver on the goroutine of the module's code, in SQLite's transactions too, so
// that the stack shows it.
func tell(module, text string, wrong *foreign) string {
	return fmt.Sprintf("module %s %s\n\twhy: %s\n\tinstead: %s\n\tstatement: %s\n\tsent by:\n%s",
		module, wrong.what, wrong.why, wrong.instead, brief(text), stack())
}

// brief is a statement in one line, without the end of a long one.
func brief(text string) string {
	const enough = 1000 // bytes
	line := strings.Join(strings.Fields(text), " ")
	if len(line) > enough {
		return line[:enough] + "..."
	}
	return line
}

// stack is who called package sqldb, innermost first.
func stack() string {
	callers := make([]uintptr, 64)
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers)])
	var b strings.Builder
	for {
		frame, more := frames.Next()
		if !between(frame.Function) {
			fmt.Fprintf(&b, "\t\t%s\n\t\t\t%s:%d\n", frame.Function, frame.File, frame.Line)
		}
		if !more {
			return b.String()
		}
	}
}

// between tells the functions between the code that sends a statement and this one, and what started the
// goroutine. Those of the platform are known by their folders, whatever the path of the Go module.
func between(function string) bool {
	for _, prefix := range []string{"runtime.", "testing.", "database/sql.", "github.com/jmoiron/sqlx."} {
		if strings.HasPrefix(function, prefix) {
			return true
		}
	}
	for _, folder := range []string{"/platform/sqldb.", "/platform/dbtest/watch.", "/platform/dbtest/wire."} {
		if strings.Contains(function, folder) {
			return true
		}
	}
	return false
}
