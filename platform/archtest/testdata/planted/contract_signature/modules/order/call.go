package order

import (
	"context"
	"io"

	"example.com/shop/platform/event"
)

type Calls interface {
	Two(ctx context.Context, order ID, reason string) error      // want: offers Two, which is not of the form
	Late(order ID) error                                         // want: offers Late
	Silent(ctx context.Context, order ID)                        // want: offers Silent
	Pair(ctx context.Context, order ID) (View, Line, error)      // want: offers Pair
	Many(ctx context.Context, orders ...ID) error                // want: offers Many
	Quiet(ctx context.Context, order ID) (View, bool)            // want: offers Quiet
	hidden(ctx context.Context, order ID) error                  // want: offers hidden
	Stream(ctx context.Context, order ID) (io.ReadCloser, error) // want: is a type of io
	Watch(ctx context.Context, each func(View)) error            // want: is a function
	Ask(ctx context.Context, what any) error                     // want: is an interface
	Wait(ctx context.Context, order ID) (<-chan View, error)     // want: is a channel
	Other(ctx context.Context, order ID) (Service, error)        // want: publishes Service, which is an interface
	Batch(ctx context.Context, orders List[ID]) error            // want: is made of a generic type
	io.Closer                                                    // want: is embedded in an interface
	Numbers | List[ID]                                           // want: is embedded in an interface
	Fine(c context.Context, order ID) (v View, e error)
}

type Numbers int

type Second = further

type further interface {
	Read(ctx context.Context) error // want: offers Read
}

type Source[T any] interface { // want: is a type with type parameters
	Read(ctx context.Context, order T) error
}

type List[T any] []T // want: is a type with type parameters

func Map[T any](in T) T { return in } // want: publishes

func Dial(address string) (Service, error) { return nil, nil } // want: publishes Service, which is an interface

func (View) Each(visit func(Line)) {} // want: is a function

func (*View) Connection() io.ReadWriteCloser { return nil } // want: is a type of io

func (View) Scan(source any) error { return nil } // want: publishes any, which is an interface

func (base) Source() any { return nil } // want: publishes any

func (View) Fact() event.Event { return nil }

func Made(from watcher, facts ...event.Definition) watcher { return from }

type watcher func(View) // want: is a function
