package event_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/event"
)

func weighed(version int) event.Type { return event.Type{Name: "scale.weighed", Version: version} }

// A scale told pounds, then grams, then who weighed.
type (
	pounds  struct{ Pounds int64 }
	grams   struct{ Grams int64 }
	weight  struct{ Grams, By int64 }
	apart   struct{ weight } // its only upcaster misses the version before it
	strange struct{ weight } // its upcaster comes from another event
	circle  struct{ weight } // its upcaster leads from itself
)

type strangeOld struct{}

func (strangeOld) EventType() event.Type { return event.Type{Name: "scale.moved", Version: 2} }

func (pounds) EventType() event.Type { return weighed(1) }
func (grams) EventType() event.Type  { return weighed(2) }
func (weight) EventType() event.Type { return weighed(3) }

var errNegative = errors.New("nothing weighs less than nothing")

func (weight) Upcasters() []event.Upcaster {
	return []event.Upcaster{
		event.Upcast(func(old pounds) (grams, error) {
			if old.Pounds < 0 {
				return grams{}, errNegative
			}
			return grams{Grams: old.Pounds * 454}, nil
		}),
		event.Upcast(func(old grams) (weight, error) { return weight{Grams: old.Grams, By: -1}, nil }),
	}
}

func (apart) Upcasters() []event.Upcaster {
	return []event.Upcaster{event.Upcast(func(pounds) (apart, error) { return apart{}, nil })}
}

func (strange) Upcasters() []event.Upcaster {
	return []event.Upcaster{event.Upcast(func(strangeOld) (strange, error) { return strange{}, nil })}
}

func (circle) Upcasters() []event.Upcaster {
	return []event.Upcaster{event.Upcast(func(circle) (circle, error) { return circle{}, nil })}
}

func envelope(version int, payload string) event.Envelope {
	return event.Envelope{Type: weighed(version), Payload: []byte(payload)}
}

func TestEveryVersionIsReadAsTheNewest(t *testing.T) {
	t.Parallel()
	require.Equal(t, []event.Type{weighed(3), weighed(2), weighed(1)}, event.Versions(weight{}))
	for version, c := range map[int]struct {
		payload string
		reads   weight
	}{
		1: {`{"Pounds":2}`, weight{Grams: 908, By: -1}},
		2: {`{"Grams":500}`, weight{Grams: 500, By: -1}},
		3: {`{"Grams":500,"By":7,"Added":"later"}`, weight{Grams: 500, By: 7}},
	} {
		fact, err := event.Decode[weight](envelope(version, c.payload))
		require.NoError(t, err)
		require.Equal(t, c.reads, fact)
	}
}

func TestWhatCanNotBeReadSaysWhy(t *testing.T) {
	t.Parallel()
	_, err := event.Decode[weight](envelope(4, `{}`))
	require.ErrorIs(t, err, event.ErrUnknownVersion)
	_, err = event.Decode[grams](envelope(1, `{}`))
	require.ErrorIs(t, err, event.ErrUnknownVersion, "no upcaster")
	_, err = event.Decode[weight](envelope(1, `{"Pounds":-1}`))
	require.ErrorIs(t, err, errNegative)
	require.ErrorContains(t, err, "upcast scale.weighed v1 to scale.weighed v2")
	for version := 1; version <= 3; version++ {
		_, err = event.Decode[weight](envelope(version, `[`))
		require.ErrorContains(t, err, "decode scale.weighed")
	}
}

func TestAnUpcasterThatDoesNotGoToTheNextVersionLeadsNowhere(t *testing.T) {
	t.Parallel()
	for _, e := range []event.Event{apart{}, strange{}, circle{}} {
		require.Equal(t, []event.Type{weighed(3)}, event.Versions(e))
		_, err := event.Lift(e, weighed(1), nil)
		require.ErrorIs(t, err, event.ErrUnknownVersion)
	}
}
