package remotetest

import (
	"testing"

	"github.com/banyan-commerce/banyan/platform/dbtest"
)

// Places open what tests call a contract through, on a database of their engine.
type Places[P any] struct {
	InProcess    func(t *testing.T, e dbtest.Engine) P
	OverWire     func(t *testing.T, e dbtest.Engine) P // on loopback, within the process of the test
	AtShare      func(t *testing.T, e dbtest.Engine) P // half of the keys in process, and half over a wire
	OtherProcess func(t *testing.T, e dbtest.Engine) P
}

// Everywhere runs a test of a contract's conformance suite in each of the places, on both engines. What holds
// in one of them holds in all: a caller need not know where the module is.
func Everywhere[P any](t *testing.T, places Places[P], test func(t *testing.T, p P)) {
	t.Helper()
	at(t, test, map[string]func(*testing.T, dbtest.Engine) P{
		"in process": places.InProcess, "over a wire": places.OverWire, "at a share": places.AtShare, "another process": places.OtherProcess,
	})
}

// Apart is Everywhere for what a wire alone can do to a call, such as to lose its answer: it leaves out the
// place in process.
func Apart[P any](t *testing.T, places Places[P], test func(t *testing.T, p P)) {
	t.Helper()
	at(t, test, map[string]func(*testing.T, dbtest.Engine) P{"over a wire": places.OverWire, "another process": places.OtherProcess})
}

func at[P any](t *testing.T, test func(t *testing.T, p P), places map[string]func(*testing.T, dbtest.Engine) P) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		t.Helper()
		for name, open := range places {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, open(t, e))
			})
		}
	})
}
