package route

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
)

// Reach asks each address to which requests of a module may go now whether somebody is there: any answer will do. It
// returns an error that names those at which nobody answers.
func (t *Table) Reach(ctx context.Context, module string) error {
	w := t.ways[module]
	if w == nil || w.hosted && !t.Shares(module) {
		return nil
	}
	to := w.state.Load().to.all
	failures := make([]error, len(to))
	var all sync.WaitGroup
	for i, a := range to {
		all.Go(func() { failures[i] = t.reach(ctx, a) })
	}
	all.Wait()
	return errors.Join(failures...)
}

func (t *Table) reach(ctx context.Context, a *address) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, a.url.JoinPath("/healthz").String(), http.NoBody)
	if err != nil {
		return fmt.Errorf("reach %s: %w", a.url, err)
	}
	answer, err := t.options.Transport.RoundTrip(r)
	if err != nil {
		return fmt.Errorf("reach %s: %w", a.url, err)
	}
	if err := answer.Body.Close(); err != nil {
		return fmt.Errorf("reach %s: %w", a.url, err)
	}
	return nil
}
