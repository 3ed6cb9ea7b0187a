package simulation_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/bus/simulation"
	"github.com/banyan-commerce/banyan/platform/id"
)

func aboutOne(version int64) simulation.Event {
	return simulation.Event{Of: simulation.Aggregate{Type: sheet, ID: id.UUID{1}}, Version: version, Type: "desk.noted"}
}

func list(versions ...int64) []simulation.Event {
	var events []simulation.Event
	for _, version := range versions {
		events = append(events, aboutOne(version))
	}
	return events
}

func holding(state string, versions ...int64) []simulation.Held {
	var held []simulation.Held
	for _, version := range versions {
		held = append(held, simulation.Held{Event: aboutOne(version), State: state})
	}
	return held
}

func TestEachCheckerFindsWhatItIsThereFor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		pending, effects []simulation.Event
		held             []simulation.Held
		wants            error
	}{
		"all in effect":             {effects: list(1, 2, 3, 4)},
		"some pending":              {effects: list(1, 2), pending: list(3, 4)},
		"pending until deleted":     {effects: list(1, 2), pending: list(1, 2, 3, 4)},
		"some held":                 {effects: list(1), held: holding("retry", 2, 3, 4)},
		"one given up":              {effects: list(1, 3, 4), held: holding("archived", 2)},
		"lost":                      {effects: list(1, 2, 3), wants: simulation.ErrLost},
		"lost in the middle":        {effects: list(1, 3, 4), wants: simulation.ErrLost},
		"doubled":                   {effects: list(1, 2, 2, 3, 4), wants: simulation.ErrDoubled},
		"in effect and held":        {effects: list(1, 2, 3, 4), held: holding("retry", 4), wants: simulation.ErrDoubled},
		"disordered":                {effects: list(1, 3, 2, 4), wants: simulation.ErrDisordered},
		"held in disorder":          {effects: list(1), held: holding("behind", 3, 2, 4), wants: simulation.ErrDisordered},
		"overtaking what is held":   {effects: list(1, 3), held: holding("retry", 2), pending: list(4), wants: simulation.ErrDisordered},
		"taken before its time":     {effects: list(2), pending: list(1, 3, 4), wants: simulation.ErrDisordered},
		"nobody stated the effect":  {effects: list(1, 2, 3, 4, 5), wants: simulation.ErrInvented},
		"nobody stated the pending": {effects: list(1, 2, 3, 4), pending: list(5), wants: simulation.ErrInvented},
		"nobody stated the held":    {effects: list(1, 2, 3, 4), held: holding("archived", 5), wants: simulation.ErrInvented},
		"given up, and in effect":   {effects: list(1, 2, 3, 4), held: holding("archived", 2), wants: simulation.ErrOverruled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := simulation.Always(simulation.Evidence{
				Stated: list(4, 2, 1, 3), Pending: c.pending,
				Heard:   map[string][]string{"clerk": {"desk.noted"}},
				Effects: map[string][]simulation.Event{"clerk": c.effects},
				Held:    map[string][]simulation.Held{"clerk": c.held},
			})
			if c.wants == nil {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, c.wants)
			}
		})
	}
}

func TestNothingPendsOrIsHeldInTheEndButWhatWasGivenUp(t *testing.T) {
	t.Parallel()
	require.ErrorIs(t, simulation.Drained(simulation.Evidence{Pending: list(1)}), simulation.ErrPending)
	require.ErrorIs(t, simulation.Settled(simulation.Evidence{Pending: list(1)}), simulation.ErrPending)
	dead := simulation.Evidence{Held: map[string][]simulation.Held{"clerk": holding("dead", 1)}}
	require.NoError(t, simulation.Drained(dead))
	require.ErrorIs(t, simulation.Settled(dead), simulation.ErrUnsettled)
	givenUp := simulation.Evidence{Held: map[string][]simulation.Held{"clerk": holding("archived", 1)}}
	require.NoError(t, simulation.Settled(givenUp))
	told := map[string][]simulation.Event{"clerk": list(1)}
	require.NoError(t, simulation.StayGivenUp(givenUp, told))
	require.ErrorIs(t, simulation.StayGivenUp(dead, told), simulation.ErrOverruled)
	require.ErrorIs(t, simulation.StayGivenUp(simulation.Evidence{}, told), simulation.ErrOverruled)
}

func TestWhatPublishersAndOperatorsWereToldIsTrue(t *testing.T) {
	t.Parallel()
	intent := id.UUID{2}
	kept := map[id.UUID]int64{intent: 2}
	require.NoError(t, simulation.Told([]simulation.Answer{{Intent: intent, Try: 1}, {Intent: intent, Try: 2, Committed: true}}, kept))
	require.NoError(t, simulation.Told([]simulation.Answer{{Intent: intent, Try: 3, Committed: true}}, kept), "a repetition")
	require.ErrorIs(t, simulation.Told([]simulation.Answer{{Intent: intent, Try: 2}}, kept), simulation.ErrMisled)
	require.ErrorIs(t, simulation.Told([]simulation.Answer{{Intent: intent, Try: 2, Committed: true}}, nil), simulation.ErrMisled)
	require.NoError(t, simulation.OneWinner([]bool{false, true}))
	require.ErrorIs(t, simulation.OneWinner([]bool{true, true}), simulation.ErrMisled)
}
