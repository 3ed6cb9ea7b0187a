package bus

import "sync"

type watcher struct {
	running     sync.WaitGroup
	quit, ended chan struct{}
}

func (w *watcher) start() {
	w.running.Go(func() { <-w.quit })
	go w.watch()
	w.running.Add(1)
	go func() {
		defer w.running.Done()
	}()
}

// A group that is given is the giver's to wait for.
func (w *watcher) owned(group *sync.WaitGroup, run func()) { group.Go(run) }

// Another type's method of that name.
func (watchers) watch() {}

type watchers []watcher

func (w *watcher) watch() {
	defer close(w.ended)
	<-w.quit
}

func (w *watcher) stop() error {
	failed := make(chan error, 1)
	go func() { failed <- nil }()
	w.running.Wait()
	<-w.ended
	return <-failed
}
