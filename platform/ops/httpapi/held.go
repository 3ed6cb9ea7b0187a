package httpapi

import (
	"context"
	"encoding/json"
	"time"

	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/ops"
	"github.com/banyan-commerce/banyan/platform/web"
)

type heldBody struct {
	Module      string    `json:"module" doc:"Where it is held."`
	ID          int64     `json:"id"`
	Consumer    string    `json:"consumer"`
	State       string    `json:"state" doc:"retry, behind (an earlier one of its aggregate), dead, or archived."`
	Attempts    int       `json:"attempts"`
	Replays     int       `json:"replays"`
	NextAt      time.Time `json:"next_at" doc:"When it runs again, if its state is retry."`
	Error       string    `json:"error"`
	Fingerprint string    `json:"fingerprint" doc:"The same for events of a type that failed alike."`

	EventID     id.UUID           `json:"event_id"`
	Type        string            `json:"type"`
	Version     int               `json:"version"`
	Source      string            `json:"source"`
	Aggregate   heldAggregateBody `json:"aggregate"`
	OccurredAt  time.Time         `json:"occurred_at"`
	Correlation id.UUID           `json:"correlation_id"`
	Causation   *id.UUID          `json:"causation_id,omitempty"`
	TraceParent string            `json:"traceparent,omitempty"`
	Payload     json.RawMessage   `json:"payload,omitempty" doc:"Only of a single event. Secrets are hidden."`
}

type heldAggregateBody struct {
	Type    string  `json:"type"`
	ID      id.UUID `json:"id"`
	Version int64   `json:"version"`
}

func renderHeld(h ops.Held) heldBody {
	e := h.It.Event
	b := heldBody{
		Module: h.Module, ID: h.It.ID, Consumer: h.It.Consumer, State: h.It.State, Attempts: h.It.Attempts, Replays: h.It.Replays,
		NextAt: h.It.NextAt, Error: h.It.Error, Fingerprint: h.It.Fingerprint,
		EventID: e.ID, Type: e.Type.Name, Version: e.Type.Version, Source: e.Source, Aggregate: heldAggregateBody(e.Aggregate),
		OccurredAt: e.OccurredAt, Correlation: e.CorrelationID, TraceParent: e.TraceParent, Payload: e.Payload,
	}
	if !e.CausationID.IsZero() {
		b.Causation = &e.CausationID
	}
	return b
}

type heldListInput struct {
	Module      string `query:"module" doc:"Held in this module's schema."`
	Consumer    string `query:"consumer"`
	State       string `query:"state" enum:"retry,behind,dead,archived"`
	Type        string `query:"type" doc:"For example order.placed."`
	Fingerprint string `query:"fingerprint" pattern:"^[0-9a-f]{32}$"`
	Cursor      string `query:"cursor" doc:"next_cursor of the page before."`
	Limit       int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

// heldCursor is the last event of a page.
type heldCursor struct {
	Module string `json:"m"`
	ID     int64  `json:"i"`
}

type heldListOutput struct{ Body web.Page[heldBody] }

func (s server) listHeld(ctx context.Context, in *heldListInput) (*heldListOutput, error) {
	var from heldCursor
	if in.Cursor != "" {
		if err := web.DecodeCursor(in.Cursor, &from); err != nil {
			return nil, err
		}
	}
	list, err := s.desk.Held(ctx, ops.HeldFilter{
		HeldFilter: bus.HeldFilter{
			Consumer: in.Consumer, State: in.State, Type: in.Type, Fingerprint: in.Fingerprint,
			After: from.ID, Limit: in.Limit + 1, // one more tells whether there is another page
		},
		Module: in.Module, FromModule: from.Module,
	})
	if err != nil {
		return nil, err
	}
	return &heldListOutput{Body: web.PageOf(list, in.Limit, renderHeld, func(h ops.Held) any { return heldCursor{h.Module, h.It.ID} })}, nil
}

type heldPath struct {
	Module string `path:"module"`
	ID     int64  `path:"id"`
}

type heldOutput struct{ Body heldBody }

func (s server) readHeld(ctx context.Context, in *heldPath) (*heldOutput, error) {
	h, err := s.desk.ShowHeld(ctx, in.Module, in.ID)
	if err != nil {
		return nil, err
	}
	return &heldOutput{Body: renderHeld(h)}, nil
}

type replayInput struct {
	Module string `path:"module"`
	ID     int64  `path:"id"`
	Body   struct {
		Scope string `json:"scope" enum:"event,sequence,fingerprint" doc:"The event alone; all dead ones of its aggregate; or all dead ones of its consumer that failed alike."`
	}
}

// affectedOutput answers a decision.
type affectedOutput struct {
	Body affectedBody
}

type affectedBody struct {
	Affected int64 `json:"affected" doc:"How many rows the decision changed."`
}

func (s server) replay(ctx context.Context, in *replayInput) (*affectedOutput, error) {
	n, err := s.desk.Replay(ctx, web.Caller(ctx).Name(), in.Module, in.ID, bus.Scope(in.Body.Scope))
	return &affectedOutput{Body: affectedBody{n}}, err
}

// decisionBody is a decision that says why.
type decisionBody struct {
	Reason string `json:"reason" minLength:"1" maxLength:"500"`
}

type discardInput struct {
	Module string `path:"module"`
	ID     int64  `path:"id"`
	Body   decisionBody
}

func (s server) discard(ctx context.Context, in *discardInput) (*affectedOutput, error) {
	err := s.desk.Discard(ctx, web.Caller(ctx).Name(), in.Module, in.ID, in.Body.Reason)
	return &affectedOutput{Body: affectedBody{1}}, err
}
