package simulation

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// What checkers find. Each checker answers its own kind, about the first case.
var (
	ErrLost       = errors.New("lost")
	ErrDoubled    = errors.New("doubled")
	ErrDisordered = errors.New("disordered")
	ErrInvented   = errors.New("invented")
	ErrOverruled  = errors.New("an operator was overruled")
	ErrPending    = errors.New("not drained")
	ErrUnsettled  = errors.New("not settled")
)

// Always is what holds at every moment.
func Always(e Evidence) error {
	return errors.Join(Lost(e), Doubled(e), Disordered(e), Invented(e), Overruled(e))
}

// Drained is what holds 10 seconds after the last fault: nothing is pending.
func Drained(e Evidence) error {
	if len(e.Pending) > 0 {
		return fmt.Errorf("%w: %d events are pending, first %s", ErrPending, len(e.Pending), e.Pending[0])
	}
	return nil
}

// Settled is what holds when handlers are well and operators have decided about all that was dead:
// every event took effect, but for those that were given up.
func Settled(e Evidence) error {
	for consumer, held := range e.Held {
		for _, h := range held {
			if h.State != archived {
				return fmt.Errorf("%w: %s still holds %s (%s)", ErrUnsettled, consumer, h.Event, h.State)
			}
		}
	}
	return Drained(e)
}

// Lost finds an event that was committed and is neither pending, nor in effect, nor held.
func Lost(e Evidence) error {
	pending := setOf(e.Pending)
	for consumer := range e.Heard {
		got := setOf(e.Effects[consumer])
		for _, h := range e.Held[consumer] {
			got[h.Event] = true
		}
		for _, stated := range e.Stated {
			if e.hears(consumer, stated) && !pending[stated] && !got[stated] {
				return fmt.Errorf("%w: %s never gets %s", ErrLost, consumer, stated)
			}
		}
	}
	return nil
}

// Doubled finds an event that took effect twice, or took effect and is to do so again.
func Doubled(e Evidence) error {
	for consumer, effects := range e.Effects {
		got := make(map[Event]bool, len(effects))
		for _, effect := range effects {
			if got[effect] {
				return fmt.Errorf("%w: %s took twice: %s", ErrDoubled, consumer, effect)
			}
			got[effect] = true
		}
		for _, h := range e.Held[consumer] {
			if h.State != archived && got[h.Event] {
				return fmt.Errorf("%w: %s took, and holds: %s", ErrDoubled, consumer, h.Event)
			}
		}
	}
	return nil
}

// Disordered finds an aggregate whose effects, followed by what is held of it, are not the first ones
// that its publisher stated, in their order. What was given up is left out of both.
func Disordered(e Evidence) error {
	stated := perAggregate(e.Stated)
	for _, events := range stated {
		slices.SortFunc(events, func(a, b Event) int { return cmp.Compare(a.Version, b.Version) })
	}
	for consumer := range e.Heard {
		taken, givenUp := e.taken(consumer)
		for of, got := range perAggregate(taken) {
			want := slices.DeleteFunc(slices.Clone(stated[of]), func(event Event) bool {
				return givenUp[event] || !e.hears(consumer, event)
			})
			got = slices.Compact(got) // doubles are another checker's
			if len(got) > len(want) || !slices.Equal(got, want[:len(got)]) {
				return fmt.Errorf("%w: %s has %s %s as %v, stated were %v",
					ErrDisordered, consumer, of.Type, of.ID, versions(got), versions(want))
			}
		}
	}
	return nil
}

// taken is what a consumer has taken and not given up: effects, then what it holds.
func (e Evidence) taken(consumer string) (events []Event, givenUp map[Event]bool) {
	givenUp = make(map[Event]bool)
	events = slices.Clone(e.Effects[consumer])
	for _, h := range e.Held[consumer] {
		if h.State == archived {
			givenUp[h.Event] = true
		} else {
			events = append(events, h.Event)
		}
	}
	return events, givenUp
}

// Invented finds something that nobody stated.
func Invented(e Evidence) error {
	stated := setOf(e.Stated)
	for _, event := range e.Pending {
		if !stated[event] {
			return fmt.Errorf("%w: pending is %s", ErrInvented, event)
		}
	}
	for consumer, effects := range e.Effects {
		for _, effect := range effects {
			if !stated[effect] || !e.hears(consumer, effect) {
				return fmt.Errorf("%w: %s took %s", ErrInvented, consumer, effect)
			}
		}
	}
	for consumer, held := range e.Held {
		for _, h := range held {
			if !stated[h.Event] || !e.hears(consumer, h.Event) {
				return fmt.Errorf("%w: %s holds %s", ErrInvented, consumer, h.Event)
			}
		}
	}
	return nil
}

// Overruled finds an event that took effect although an operator had given it up.
func Overruled(e Evidence) error {
	for consumer, held := range e.Held {
		took := setOf(e.Effects[consumer])
		for _, h := range held {
			if h.State == archived && took[h.Event] {
				return fmt.Errorf("%w: %s took what was given up: %s", ErrOverruled, consumer, h.Event)
			}
		}
	}
	return nil
}

func perAggregate(events []Event) map[Aggregate][]Event {
	groups := make(map[Aggregate][]Event)
	for _, event := range events {
		groups[event.Of] = append(groups[event.Of], event)
	}
	return groups
}

func versions(events []Event) []int64 {
	numbers := make([]int64, len(events))
	for i, event := range events {
		numbers[i] = event.Version
	}
	return numbers
}
