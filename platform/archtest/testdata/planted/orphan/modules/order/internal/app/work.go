package app

import (
	"sync"
	"time"
)

func (a *App) work(done chan struct{}) {
	go func() { // want: by a go statement in a module
		defer close(done)
	}()
	<-done
	time.AfterFunc(time.Hour, func() {}) // want: starts a goroutine later, by time.AfterFunc
	var unheard sync.WaitGroup
	unheard.Go(func() {}) // want: in the group unheard, for which nobody in the package waits
}
