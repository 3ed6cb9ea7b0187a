package httpapi

import (
	"context"
	"errors"
	"time"

	"github.com/banyan-commerce/banyan/platform/bus"
)

type eventsStatusBody struct {
	Schemas   []outboxBody        `json:"schemas"`
	Consumers []eventConsumerBody `json:"consumers"`
	Crossings []crossingBody      `json:"crossings" doc:"What a broker holds, between a module here and one in another process."`
}

type crossingBody struct {
	Publisher string `json:"publisher"`
	Consumer  string `json:"consumer"`
	Waiting   int64  `json:"waiting" doc:"Events that the consumer has not taken."`
	Unknown   string `json:"unknown,omitempty" enum:"unreachable,not_subscribed" doc:"Why that is not known."`
}

type outboxBody struct {
	Module      string     `json:"module"`
	Depth       int64      `json:"depth" doc:"Events that not every consumer has taken yet."`
	Oldest      *time.Time `json:"oldest,omitempty" doc:"When the oldest of them was stated."`
	AgeSeconds  float64    `json:"age_seconds" doc:"Its age; 0 if there is none."`
	Unreachable bool       `json:"unreachable,omitempty" doc:"The schema can't be read: nothing else is known."`
}

type eventConsumerBody struct {
	Consumer    string           `json:"consumer"`
	Lag         int64            `json:"lag" doc:"Pending events that it has neither taken nor held."`
	LagPartial  bool             `json:"lag_partial,omitempty" doc:"More than 10,000 are pending in one schema: lag counts among the oldest 10,000."`
	Held        map[string]int64 `json:"held" doc:"Held events by state: retry, behind, dead, archived."`
	Unreachable bool             `json:"unreachable,omitempty" doc:"Its schema is not here, or can't be read."`
}

type statusOutput struct{ Body eventsStatusBody }

func (s server) eventsStatus(ctx context.Context, _ *struct{}) (*statusOutput, error) {
	status, err := s.desk.Status(ctx)
	if err != nil {
		return nil, err
	}
	body := eventsStatusBody{Schemas: []outboxBody{}, Consumers: []eventConsumerBody{}, Crossings: []crossingBody{}}
	for _, o := range status.Schemas {
		body.Schemas = append(body.Schemas, renderSchema(o, s.now()))
	}
	for _, c := range status.Consumers {
		held := c.Held
		if held == nil {
			held = map[string]int64{}
		}
		body.Consumers = append(body.Consumers, eventConsumerBody{c.Consumer, c.Lag, c.LagPartial, held, c.Unreachable})
	}
	for _, c := range s.desk.Crossings(ctx) {
		body.Crossings = append(body.Crossings, renderCrossing(c))
	}
	return &statusOutput{Body: body}, nil
}

func renderCrossing(c bus.Crossing) crossingBody {
	body := crossingBody{Publisher: c.Publisher, Consumer: c.Consumer, Waiting: c.Waiting}
	switch {
	case errors.Is(c.Err, bus.ErrNotSubscribed):
		body.Unknown = "not_subscribed"
	case c.Err != nil:
		body.Unknown = "unreachable"
	}
	return body
}

func renderSchema(o bus.SchemaStatus, now time.Time) outboxBody {
	return outboxBody{
		Module: o.Schema, Depth: o.Depth, Oldest: optional(o.Oldest), AgeSeconds: o.Age(now).Seconds(), Unreachable: o.Unreachable,
	}
}
