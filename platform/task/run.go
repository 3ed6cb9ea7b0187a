package task

import (
	"context"
	"errors"

	"github.com/banyan-commerce/banyan/platform/boundary"
)

// perform reads what the tasks of one kind need, and calls the other side for each of them by way of
// each, which may run what it is given later and side by side.
func (r *Runner) perform(ctx context.Context, h Handler, leases []Lease, each func(func())) {
	states, err := r.read(ctx, h, leases)
	switch {
	case err == nil:
		for i, l := range leases {
			each(func() { r.call(ctx, h, l, states[i]) })
		}
	case len(leases) == 1:
		r.end(ctx, h, err, leases...)
	default: // one of them may be the cause, and only that one is to fail
		for i := range leases {
			each(func() { r.perform(ctx, h, leases[i:i+1], inTurn) })
		}
	}
}

func inTurn(f func()) { f() }

func (r *Runner) read(ctx context.Context, h Handler, leases []Lease) (states []any, err error) {
	ctx, cancel := context.WithTimeout(boundary.Begin(ctx), h.Timeout)
	defer cancel()
	err = r.guarded(ctx, func() error {
		states, err = h.parts.read(ctx, leases)
		return err
	})
	return states, err
}

// call runs one task as far as it leaves the process, and hands the answer on to be recorded.
func (r *Runner) call(ctx context.Context, h Handler, l Lease, state any) {
	bounded, cancel := context.WithTimeout(boundary.Begin(ctx), h.Timeout)
	defer cancel()
	var answer any
	err := r.guarded(ctx, func() (err error) {
		answer, err = h.parts.call(bounded, l, state)
		return err
	})
	if err == nil && h.parts.record != nil {
		r.answers[h.Kind].put(done{lease: l, state: state, answer: answer})
		return
	}
	r.end(ctx, h, err, l)
}

// guarded turns a panic into an error: the task is tried again, the process goes on.
func (r *Runner) guarded(ctx context.Context, f func() error) error {
	return boundary.Fenced(ctx, r.log, f)
}

// handler is that of a kind of task. One that nobody knows fails: it may be of a newer version.
func (r *Runner) handler(kind string) Handler {
	if h, ok := r.handlers[kind]; ok {
		return h
	}
	return Handler{Kind: kind, Timeout: maxTimeout, parts: whole(func(context.Context, Lease) error {
		return errors.New("no handler for tasks of kind " + kind)
	})}
}
