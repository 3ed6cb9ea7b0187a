package order

import (
	"context"
	"time"

	"example.com/shop/platform/event"
	"example.com/shop/platform/fault"
	"example.com/shop/platform/id"
)

// Service has what may go over a wire.
type Service interface {
	Read(ctx context.Context, order ID) (View, error)
	Close(context.Context, CloseRequest) error
	reading
}

type reading interface {
	List(ctx context.Context, page Page) (views []View, err error)
}

type Status string

type Page = struct {
	After ID
	Limit int
}

// CustomerID is in no event; who names it calls nobody.
type CustomerID struct{ id.UUID }

type CloseRequest struct {
	Order  ID
	Reason *string `json:"reason,omitempty"`
	Within time.Duration
}

type base struct{ At time.Time }

type View struct {
	base

	Order  ID
	Buyer  CustomerID
	Status Status
	Lines  []Line
	Notes  map[Status][]byte
	Names  map[id.UUID]string
	Type   event.Type
	Size   [3]struct{ Length, Width float64 }
	Parent *View
}

type Line struct {
	SKU      string
	Quantity int64 `json:"-,"`
}

// Functions and methods of plain values may speak of errors, and of what the pure packages have.
func (s Status) MarshalText() ([]byte, error) { return []byte(s), nil }

func (v View) Definition() event.Definition { return event.Definition{} }

func ParseStatus(text string) (Status, error) { return Status(text), ErrStatus }

func Temporary(err error) bool { return err == ErrStatus }

var (
	ErrStatus       = fault.New("status")
	ErrLate   error = fault.New("late")
)

const Most = 100

type visitor func(any)
