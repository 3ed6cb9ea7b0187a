// Package remotetest is what tests of contracts need of a wire: one that fails as told, golden files of what
// was sent over it, and a look at whether each method has its procedure.
package remotetest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
)

// Fault is what becomes of one request; next carries it as it is.
type Fault func(next http.RoundTripper, r *http.Request) (*http.Response, error)

// Wire carries calls and fails as told. The zero value carries all.
type Wire struct {
	mu     sync.Mutex
	faults []Fault
	always Fault
	sent   int
}

// Next lets the next requests meet these faults, one each.
func (w *Wire) Next(faults ...Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, faults...)
}

// Always lets all requests that Next says nothing of meet a fault; nil ends that.
func (w *Wire) Always(f Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.always = f
}

// Sent counts the requests that were to be sent.
func (w *Wire) Sent() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sent
}

// Wrap is for remote.PeerOptions.
func (w *Wire) Wrap(next http.RoundTripper) http.RoundTripper {
	return tripper(func(r *http.Request) (*http.Response, error) {
		if f := w.take(); f != nil {
			return f(next, r)
		}
		return next.RoundTrip(r)
	})
}

func (w *Wire) take() Fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent++
	if len(w.faults) == 0 {
		return w.always
	}
	f := w.faults[0]
	w.faults = w.faults[1:]
	return f
}

type tripper func(r *http.Request) (*http.Response, error)

func (t tripper) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

// ErrCut is what faults return.
var ErrCut = errors.New("the wire is cut")

// Well carries a request as it is.
func Well(next http.RoundTripper, r *http.Request) (*http.Response, error) { return next.RoundTrip(r) }

// CutBefore fails before the request has left.
func CutBefore(http.RoundTripper, *http.Request) (*http.Response, error) { return nil, ErrCut }

// CutAfter lets the request be served, and loses the answer.
func CutAfter(next http.RoundTripper, r *http.Request) (*http.Response, error) {
	response, err := next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	return nil, errors.Join(ErrCut, drain(response))
}

// CutInside lets half of the answer arrive.
func CutInside(next http.RoundTripper, r *http.Request) (*http.Response, error) {
	response, err := next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body[:len(body)/2]), broken{}))
	return response, nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, ErrCut }

// Twice lets the request be served twice, one after the other; the second answer arrives.
func Twice(next http.RoundTripper, r *http.Request) (*http.Response, error) {
	first, second, err := twins(r)
	if err != nil {
		return nil, err
	}
	response, err := next.RoundTrip(first)
	if err != nil {
		return nil, err
	}
	if err := drain(response); err != nil {
		return nil, err
	}
	return next.RoundTrip(second)
}

func twins(r *http.Request) (first, second *http.Request, err error) {
	body, err := io.ReadAll(r.Body)
	first, second = r.Clone(r.Context()), r.Clone(r.Context())
	first.Body, second.Body = io.NopCloser(bytes.NewReader(body)), io.NopCloser(bytes.NewReader(body))
	return first, second, err
}

// Held lets a request wait until release is closed, or its time is over: others pass it by.
func Held(release <-chan struct{}) Fault {
	return func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
		select {
		case <-release:
			return next.RoundTrip(r)
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
}

// Late answers in the caller's place as if nothing came, and lets the request be served when release is
// closed: after its caller has tried again. Served is closed when that has happened.
func Late(release <-chan struct{}, served chan<- struct{}) Fault {
	return func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
		delayed, _, err := twins(r)
		if err != nil {
			return nil, err
		}
		delayed = delayed.WithContext(context.WithoutCancel(r.Context()))
		go func() {
			defer close(served)
			<-release
			if response, err := next.RoundTrip(delayed); err == nil {
				_ = drain(response)
			}
		}()
		return nil, ErrCut
	}
}

func drain(r *http.Response) error {
	_, err := io.Copy(io.Discard, r.Body)
	return errors.Join(err, r.Body.Close())
}

// Memory carries requests to a handler without a network: of their contexts it is told the end alone.
func Memory(h http.Handler) http.RoundTripper {
	return tripper(func(r *http.Request) (*http.Response, error) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		defer context.AfterFunc(r.Context(), cancel)()
		inner := r.Clone(ctx)
		inner.RemoteAddr = "192.0.2.1:1"
		if inner.Body == nil {
			inner.Body = http.NoBody
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, inner)
		if err := r.Context().Err(); err != nil { // as a connection would see it
			return nil, err
		}
		return w.Result(), nil
	})
}
