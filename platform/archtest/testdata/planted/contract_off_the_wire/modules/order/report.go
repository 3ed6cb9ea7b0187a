package order

import (
	"context"
	"io"
	"net/url"
	"sync"
	when "time"

	"example.com/shop/platform/event"
	"example.com/shop/platform/fault"
)

type Report struct {
	*lines // want: may be nil, so that nobody can fill it

	Any     any                             // want: publishes any, which is an interface
	Err     error                           // want: publishes error, which is an interface
	Later   map[string][]*interface{ Do() } // want: publishes interface{...}, which is an interface
	Body    io.Reader                       // want: is a type of io
	Next    func() error                    // want: is a function
	Done    chan struct{}                   // want: is a channel
	Phase   complex128                      // want: publishes complex128
	Handle  uintptr                         // want: publishes uintptr
	Lock    sync.Mutex                      // want: is a type of sync
	Context context.Context                 // want: is a type of context
	Link    url.URL                         // want: is a type of net/url
	Place   *when.Location                  // want: is a type of time
	Names   map[Point]string                // want: is the key of a map, and no text
	secret  string                          // want: publishes secret, which is a field that is not exported
	Left    string                          `json:"-"` // want: is left out by its tag
	Fact    event.Event                     // want: is an interface
	Fault   [2]*fault.Error                 // want: can't go over a wire
	Pair    Pair[string, int]               // want: is made of a generic type
	Inner   struct{ Visit visitors }
	Second  Copied
	Called  Client // want: publishes Client, which is an interface
	When    when.Time
}

type Untold struct {
	Line `json:"-"` // want: publishes Line, which is left out by its tag
}

type lines struct{ All []any } // want: is an interface

type visitors []func(Line) // want: is a function

type Pair[K, V any] struct { // want: is a type with type parameters
	Key   K
	Value V
}

type Point struct{ X, Y int }

type Copied = copied

type copied struct{ deepest }

type deepest struct{ Hooks map[string]Hook }

type Hook func() // want: is a function

type Client interface {
	Read(ctx context.Context, page Page) (View, error)
}

type error1 = error

type Failed struct {
	Why error1 // want: is an interface
}
