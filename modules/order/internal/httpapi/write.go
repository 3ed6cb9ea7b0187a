package httpapi

import (
	"context"

	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/web"
)

// Idempotent is exported because huma reads the fields of exported embedded structs only.
type Idempotent struct {
	Key string `header:"Idempotency-Key" required:"true" minLength:"1" maxLength:"255" pattern:"^[ -~]+$" patternDescription:"printable ASCII" doc:"Chosen by the client, for example a UUID; the same for each repetition of this request and for no other. Keys of new orders are told apart by the customer's email address, those of payments by the order. They are remembered for two days."`
}

type placeInput struct {
	Idempotent
	Preference
	Body newOrderBody
}

type createdOutput struct {
	Location string `header:"Location"`
	Applied  string `header:"Preference-Applied"`
	Body     orderBody
}

func (s server) place(ctx context.Context, in *placeInput) (*createdOutput, error) {
	v, err := s.orders.Place(ctx, web.Caller(ctx), in.Key, in.Body.placement())
	if err != nil {
		return nil, inBody(err)
	}
	if v, err = s.await(ctx, in.Preference, v); err != nil {
		return nil, err
	}
	body := render(v)
	body.AccessToken = s.orders.Token(v.ID)
	return &createdOutput{Location: "/v1/orders/" + body.ID, Applied: in.applied(), Body: body}, nil
}

type payInput struct {
	Idempotent
	Preference
	ID   string `path:"id" doc:"The order's ID."`
	Body newOrderPaymentBody
}

func (s server) pay(ctx context.Context, in *payInput) (*createdOutput, error) {
	orderID, err := named(in.ID)
	if err != nil {
		return nil, err
	}
	v, err := s.orders.RequestPayment(ctx, web.Caller(ctx), orderID, in.Key, core.Means(in.Body))
	if err != nil {
		return nil, inBody(err)
	}
	if v, err = s.await(ctx, in.Preference, v); err != nil {
		return nil, err
	}
	return &createdOutput{Location: "/v1/orders/" + v.ID.String(), Applied: in.applied(), Body: render(v)}, nil
}

// cancelInput may have no body: nothing in it is required.
type cancelInput struct {
	ID   string `path:"id" doc:"The order's ID."`
	Body *cancelBody
}

type cancelBody struct {
	Reason string                `json:"reason,omitempty" maxLength:"500" doc:"For the timeline and for whoever packs; without control characters."`
	Lines  []orderCancelLineBody `json:"lines,omitempty" doc:"Not available yet: leave it out to cancel the whole order."`
}

// errPartial: a client that asked for some lines must not get all of them cancelled.
var errPartial = fault.New(fault.Invalid, "partial_cancellation_unavailable", "Single lines can't be cancelled yet; without lines the whole order is.").
	WithFields(fault.Field{Location: "body.lines", Message: "can't be given yet"})

func (s server) cancel(ctx context.Context, in *cancelInput) (*orderOutput, error) {
	var body cancelBody
	if in.Body != nil {
		body = *in.Body
	}
	if body.Lines != nil {
		return nil, errPartial
	}
	orderID, err := named(in.ID)
	if err != nil {
		return nil, err
	}
	v, err := s.orders.Cancel(ctx, web.Caller(ctx), orderID, body.Reason)
	if err != nil {
		return nil, inBody(err)
	}
	return &orderOutput{Body: render(v)}, nil
}
