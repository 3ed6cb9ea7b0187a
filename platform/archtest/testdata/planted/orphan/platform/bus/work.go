package bus

import "sync"

type worker struct {
	quit, ended, told chan struct{}
	lost, group       sync.WaitGroup
}

func (w *worker) start(run func()) {
	go w.loop()           // want: that nobody in the package waits for
	go loop()             // want: that nobody in the package waits for
	go run()              // want: that nobody in the package waits for
	go func() { run() }() // want: that nobody in the package waits for
	go func() {           // want: that nobody in the package waits for
		defer w.lost.Done()
		defer close(w.told)
	}()
	go func() { // want: that nobody in the package waits for
		<-w.quit
	}()
	go func() { // want: that nobody in the package waits for
		go func() { // its end says nothing of the outer one's
			close(w.ended)
		}()
	}()
	w.lost.Go(run) // want: in the group lost
	<-w.ended
}

func (w *worker) loop() { <-w.quit }

func loop() {}
