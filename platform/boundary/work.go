package boundary

import (
	"context"
	"slices"
	"sync"
)

// work is one piece of a module's work: a request, one run of a handler or of a task. It remembers what was
// called in it, so that a call in a loop is seen: in process nobody notices it, over a wire everybody does.
type work struct {
	mu   sync.Mutex
	made []call
}

type call struct{ caller, callee, method string }

type workKey struct{}

// Begin begins a piece of work. Whoever runs many of them in one goroutine says so; Do does it by itself.
func Begin(ctx context.Context) context.Context { return context.WithValue(ctx, workKey{}, &work{}) }

// repeats notes a call, and says whether the same was made before in this piece of work.
func repeats(ctx context.Context, c call) bool {
	w, ok := ctx.Value(workKey{}).(*work)
	if !ok {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if slices.Contains(w.made, c) {
		return true
	}
	w.made = append(w.made, c)
	return false
}
