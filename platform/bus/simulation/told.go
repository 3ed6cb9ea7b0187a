package simulation

import (
	"errors"
	"fmt"

	"github.com/banyan-commerce/banyan/platform/id"
)

// ErrMisled says that somebody was told what is not so.
var ErrMisled = errors.New("misled")

// Answer is what a publisher was told about one try of an intent. An unknown outcome promises nothing
// and is no Answer.
type Answer struct {
	Intent    id.UUID
	Try       int64
	Committed bool
}

// Told finds an answer that is not true. Kept is the try of each intent that is in the database.
func Told(answers []Answer, kept map[id.UUID]int64) error {
	for _, a := range answers {
		try, exists := kept[a.Intent]
		switch {
		case a.Committed && !exists:
			return fmt.Errorf("%w: intent %s was committed, a publisher was told, and is not there", ErrMisled, a.Intent)
		case !a.Committed && exists && try == a.Try:
			return fmt.Errorf("%w: intent %s was rolled back, a publisher was told, and is there", ErrMisled, a.Intent)
		}
	}
	return nil
}

// OneWinner looks at what operators were told who replayed the same dead event at the same time: a
// single one may have won.
func OneWinner(won []bool) error {
	winners := 0
	for _, w := range won {
		if w {
			winners++
		}
	}
	if winners > 1 {
		return fmt.Errorf("%w: %d operators replayed one event at once, and each was told that it was he", ErrMisled, winners)
	}
	return nil
}

// StayGivenUp finds an event that an operator gave up, and was told so, and that is given up no more.
func StayGivenUp(e Evidence, told map[string][]Event) error {
	for consumer, events := range told {
		up := make(map[Event]bool)
		for _, h := range e.Held[consumer] {
			up[h.Event] = h.State == archived
		}
		for _, event := range events {
			if !up[event] {
				return fmt.Errorf("%w: %s was told to give this up, and has not: %s", ErrOverruled, consumer, event)
			}
		}
	}
	return nil
}
