package bus

import (
	"context"

	"example.com/shop/platform/event"
	"example.com/shop/platform/sqldb"
)

type Publisher struct{}

func (p *Publisher) Publish(ctx context.Context, tx *sqldb.Tx, of event.Aggregate, facts ...event.Event) error {
	return nil
}

func NewPublisher(db *sqldb.DB) *Publisher { return nil }

// Pending and Deliver are for operators and tests.
func Pending(db *sqldb.DB) []event.Envelope { return nil }

func Deliver(ctx context.Context, to Subscription, e event.Envelope) error { return nil }

// Each lends a schema to what it is given.
func Each(visit func(db *sqldb.DB)) {}
