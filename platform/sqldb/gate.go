package sqldb

import "sync"

// gate counts the transactions inside, so that closing can wait for them: closing a pool of
// connections doesn't.
type gate struct {
	mu     sync.Mutex
	shut   bool
	inside sync.WaitGroup
}

// enter says whether a transaction may begin; leave ends it.
func (g *gate) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.shut {
		g.inside.Add(1)
	}
	return !g.shut
}

func (g *gate) leave() { g.inside.Done() }

// close refuses whoever comes and waits for those inside.
func (g *gate) close() error {
	g.mu.Lock()
	g.shut = true
	g.mu.Unlock()
	g.inside.Wait()
	return nil
}
