package fault_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/fault"
)

var (
	errSoldOut = fault.New(fault.Conflict, "sold_out", "Sold out.")
	errGone    = fault.New(fault.NotFound, "gone", "Gone.")
)

type shortage struct {
	SKU  string `json:"sku"`
	Left int    `json:"left"`
}

func TestAnErrorIsItsSentinelAndItsKind(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("place order: %w", fmt.Errorf("hold: %w", errSoldOut))
	require.ErrorIs(t, err, errSoldOut)
	require.ErrorIs(t, err, fault.Conflict)
	require.NotErrorIs(t, err, errGone)
	require.NotErrorIs(t, err, fault.NotFound)
	require.Equal(t, fault.Conflict, fault.KindOf(err))
	var e *fault.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, "sold_out", e.Code)
}

func TestACopyIsStillTheSentinelAndLeavesItAlone(t *testing.T) {
	t.Parallel()
	a := errSoldOut.WithFields(fault.Field{Location: "body.lines[0].sku", Message: "is sold out"})
	a.Fields = append(make([]fault.Field, 0, 8), a.Fields...) // room that copies could share
	b := a.WithFields(fault.Field{Location: "body.lines[1].sku", Message: "is sold out"})
	c := a.WithFields(fault.Field{Location: "body.lines[2].sku", Message: "is sold out"})
	d := b.WithDetails(shortage{"A", 1}).WithMessage("%d left.", 1)
	for _, err := range []error{a, b, c, d} {
		require.ErrorIs(t, err, errSoldOut)
		require.ErrorIs(t, errSoldOut, err)
	}
	require.Empty(t, errSoldOut.Fields)
	require.Nil(t, errSoldOut.Details)
	require.Equal(t, "Sold out.", errSoldOut.Message)
	require.Len(t, a.Fields, 1)
	require.Equal(t, "body.lines[1].sku", b.Fields[1].Location, "copies share no array")
	require.Equal(t, "sold_out: 1 left. [body.lines[0].sku: is sold out] [body.lines[1].sku: is sold out]", d.Error())
}

func TestIdentityIsKindAndCode(t *testing.T) {
	t.Parallel()
	require.ErrorIs(t, fault.New(fault.Conflict, "sold_out", "Ausverkauft."), errSoldOut)
	require.NotErrorIs(t, fault.New(fault.NotFound, "sold_out", "Sold out."), errSoldOut)
	require.NotErrorIs(t, fault.New(fault.Conflict, "other", "Sold out."), errSoldOut)
	require.NotErrorIs(t, fault.Conflict, errSoldOut, "a kind is no sentinel")
}

func TestAnErrorWithoutAKindIsInternal(t *testing.T) {
	t.Parallel()
	require.Equal(t, fault.Internal, fault.KindOf(errors.New("x")))
	require.Equal(t, fault.Unavailable, fault.KindOf(fmt.Errorf("%w: x", fault.Unavailable)))
	require.Equal(t, fault.NotFound, fault.KindOf(errors.Join(errors.New("x"), errGone)))
}

func TestDetailsAreReadOnBothSidesOfAWire(t *testing.T) {
	t.Parallel()
	want := shortage{SKU: "A", Left: 2}
	here := fmt.Errorf("reserve: %w", errSoldOut.WithDetails(want))
	got, ok := fault.Details[shortage](here)
	require.True(t, ok)
	require.Equal(t, want, got)

	var e *fault.Error
	require.ErrorAs(t, here, &e)
	body, err := json.Marshal(e.Details)
	require.NoError(t, err)
	there := fmt.Errorf("call: %w", fault.New(e.Kind, e.Code, e.Message).WithDetails(json.RawMessage(body)))
	require.ErrorIs(t, there, errSoldOut)
	got, ok = fault.Details[shortage](there)
	require.True(t, ok)
	require.Equal(t, want, got)
}

func TestDetailsOfAnotherShapeAreNone(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		nil, errors.New("x"), errSoldOut, errSoldOut.WithDetails(42), errSoldOut.WithDetails(json.RawMessage("[")),
		errSoldOut.WithDetails(json.RawMessage(`{"left":"many"}`)),
	} {
		got, ok := fault.Details[shortage](err)
		require.False(t, ok)
		require.Zero(t, got)
	}
}
