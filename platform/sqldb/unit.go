package sqldb

import (
	"context"
	"sync/atomic"
)

// A unit is one InTx that waits for the writer. Its closure runs in the caller's goroutine, when the
// writer gives it its turn: a panic or a hang there is the caller's and not the writer's.
type unit struct {
	f     func(tx *Tx) error
	state atomic.Int32
	turn  chan *Tx   // the writer hands over the transaction
	ran   chan error // what f answered; buffered, because the writer may have stopped waiting
	done  chan error // the final answer; buffered

	panicked any  // set before ran; rises again in the caller when all is rolled back
	exiting  bool // f ended its goroutine by runtime.Goexit, as a failed test does
}

const (
	waiting int32 = iota
	taken
	withdrawn
)

func newUnit(f func(tx *Tx) error) *unit {
	return &unit{f: f, turn: make(chan *Tx), ran: make(chan error, 1), done: make(chan error, 1)}
}

// take reserves the unit for the writer; false when its caller has given up.
func (u *unit) take() bool { return u.state.CompareAndSwap(waiting, taken) }

// serve runs the unit whenever it has its turn, until it is done. A cancelled context ends only the
// wait in the queue: to cancel a statement would roll back the neighbours.
func (u *unit) serve(ctx context.Context, stopped <-chan struct{}) error {
	defer u.outlive(stopped)
	gone := ctx.Done()
	for {
		select {
		case tx := <-u.turn:
			gone = nil
			u.call(tx)
		case err := <-u.done:
			return u.end(err)
		case <-stopped:
			select {
			case err := <-u.done:
				return u.end(err)
			default:
				return ErrClosed
			}
		case <-gone:
			if u.state.CompareAndSwap(waiting, withdrawn) {
				return ctx.Err()
			}
			gone = nil
		}
	}
}

func (u *unit) end(err error) error {
	if u.panicked != nil {
		panic(u.panicked)
	}
	return err
}

// call runs f and tells the writer, whichever way f ends.
func (u *unit) call(tx *Tx) {
	u.panicked, u.exiting = nil, true
	err := errPanicked
	defer func() {
		if p := recover(); p != nil {
			u.panicked, u.exiting = p, false
		}
		u.ran <- err
	}()
	err = u.f(tx)
	u.exiting = false
}

// outlive answers the writer in place of a closure that ended its goroutine: the writer may want to
// run the unit again, and must not wait for nobody.
func (u *unit) outlive(stopped <-chan struct{}) {
	if u.exiting {
		u.exiting = false
		u.f = func(*Tx) error { return errPanicked }
		_ = u.serve(context.Background(), stopped)
	}
}
