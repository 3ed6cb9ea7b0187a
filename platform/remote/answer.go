package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// answer is an error of a contract on its way: what fault.Error keeps, and nothing of the text around it.
// An error that bears none is from the wire between, or from what guards the other side.
type answer struct {
	Kind    fault.Kind      `json:"kind,omitempty"` // empty: an error without a kind
	Code    string          `json:"code,omitempty"` // empty: a kind alone
	Message string          `json:"message,omitempty"`
	Fields  []fault.Field   `json:"fields,omitempty"`
	Details json.RawMessage `json:"details,omitempty"`
}

// codeOf is the one table from kinds of fault to Connect's codes. The code is for proxies and people: this
// package's other side reads the kind itself.
func codeOf(k fault.Kind) connect.Code {
	switch k {
	case fault.BadRequest, fault.Invalid:
		return connect.CodeInvalidArgument
	case fault.Unauthenticated:
		return connect.CodeUnauthenticated
	case fault.Forbidden:
		return connect.CodePermissionDenied
	case fault.NotFound:
		return connect.CodeNotFound
	case fault.Conflict:
		return connect.CodeFailedPrecondition
	case fault.TooLarge:
		return connect.CodeResourceExhausted
	case fault.Unavailable:
		return connect.CodeUnavailable
	case fault.Internal:
		return connect.CodeInternal
	}
	return connect.CodeUnknown
}

// failure makes an error of the callee ready to travel, and logs what does not.
func failure(ctx context.Context, log *slog.Logger, procedure string, err error) error {
	var kind fault.Kind
	known := errors.As(err, &kind)
	if !known && ctx.Err() != nil { // drivers say it in errors of their own
		return connect.NewError(endOf(ctx.Err()), errors.New("the call's time was over, or its caller went away"))
	}
	if !known && sqldb.IsInfrastructure(err) { // a full disk, a server that is away
		log.LogAttrs(ctx, slog.LevelWarn, "call refused for now", slog.String("procedure", procedure), slog.Any("error", err))
		return travelling(answer{Kind: fault.Unavailable})
	}
	if fault.KindOf(err) == fault.Internal {
		log.LogAttrs(ctx, slog.LevelError, "call failed", slog.String("procedure", procedure), slog.Any("error", err))
	}
	a, err := answerOf(err, kind)
	if err != nil {
		log.LogAttrs(ctx, slog.LevelError, "details of an error can't travel", slog.String("procedure", procedure), slog.Any("error", err))
	}
	return travelling(a)
}

func endOf(err error) connect.Code {
	if errors.Is(err, context.DeadlineExceeded) {
		return connect.CodeDeadlineExceeded
	}
	return connect.CodeCanceled
}

// answerOf returns the error of details that can't be written, beside an answer without them.
func answerOf(err error, kind fault.Kind) (answer, error) {
	a := answer{Kind: kind}
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != kind {
		return a, nil
	}
	a.Code, a.Message, a.Fields = f.Code, f.Message, f.Fields
	if f.Details == nil {
		return a, nil
	}
	var unwritten error
	a.Details, unwritten = codec{}.Marshal(f.Details)
	return a, unwritten
}

// travelling puts an answer into an error of Connect. Its message is one that clients may see anyway.
func travelling(a answer) error {
	text, err := json.Marshal(a)
	if err != nil {
		return connect.NewError(connect.CodeUnknown, err)
	}
	message := a.Message
	if message == "" {
		message = "the log of this process says more"
	}
	e := connect.NewError(codeOf(a.Kind), errors.New(message))
	detail, err := connect.NewErrorDetail(wrapperspb.Bytes(text))
	if err != nil {
		return connect.NewError(connect.CodeUnknown, err)
	}
	e.AddDetail(detail)
	return e
}

// errUnexplained is an error without a kind, as the callee's was. Its text stayed with the callee.
var errUnexplained = errors.New("an error that only the callee's log explains")

// error is the callee's error again. Details stay the JSON that they came as: fault.Details reads them as
// the type that the contract names, here as in process.
func (a answer) error() error {
	switch {
	case a.Kind == "":
		return errUnexplained
	case a.Code == "":
		return fmt.Errorf("%w, which only the callee's log explains", a.Kind)
	}
	f := fault.New(a.Kind, a.Code, a.Message)
	f.Fields = a.Fields
	if a.Details != nil {
		f.Details = a.Details
	}
	return f
}

// answered reads the answer in an error, if the callee itself gave it.
func answered(err *connect.Error) (answer, bool) {
	var a answer
	if !connect.IsWireError(err) {
		return a, false
	}
	for _, detail := range err.Details() {
		value, err := detail.Value()
		if err != nil {
			continue
		}
		if text, ok := value.(*wrapperspb.BytesValue); ok && json.Unmarshal(text.GetValue(), &a) == nil {
			return a, true
		}
	}
	return a, false
}
