// Package boundary says whose work is being done. Each goroutine that works for a module carries the
// module's name as the pprof label "module", on itself and in its context: profiles tell modules apart, a
// call of a contract knows its caller, and what gets stuck is seen to be whose.
//
// Whoever begins work sets the name: the bus for a consumer, a runner of tasks, the server for the owner of
// an operation, and a contract for the time of a call. Goroutines that are started below inherit it.
package boundary

import (
	"context"
	"runtime/pprof"
)

const label = "module"

// Platform is whose work it is that no module's is: the operator's desk, for example.
const Platform = "platform"

// Do runs f as the module's work, which begins a new piece of it. When f ends, the goroutine's work is again
// that of ctx.
func Do(ctx context.Context, module string, f func(ctx context.Context)) {
	pprof.Do(Begin(ctx), pprof.Labels(label, module), f)
}

// Module is whose work ctx belongs to; empty if nobody has said.
func Module(ctx context.Context) string {
	name, _ := pprof.Label(ctx, label)
	return name
}
