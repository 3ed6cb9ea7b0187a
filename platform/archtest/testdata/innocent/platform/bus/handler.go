package bus

import (
	"context"

	"example.com/shop/platform/event"
	"example.com/shop/platform/id"
	"example.com/shop/platform/sqldb"
)

type Handler struct {
	Type  event.Type
	apply func(ctx context.Context, tx *sqldb.Tx, fact event.Event) error
}

func On[E event.Event](f func(ctx context.Context, tx *sqldb.Tx, e event.Definition, fact E) error) Handler {
	var fact E
	return Handler{Type: fact.EventType()}
}

type Fact[E event.Event] struct{ Event E }

func OnSet[E event.Event](key func(fact E) id.UUID, f func(ctx context.Context, tx *sqldb.Tx, facts []Fact[E]) error) Handler {
	var fact E
	return Handler{Type: fact.EventType()}
}

type Subscription struct {
	Consumer string
	Handlers []Handler
}
