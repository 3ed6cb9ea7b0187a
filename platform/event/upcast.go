package event

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// ErrUnknownVersion says that an event is of a version that nobody here can read: as a rule a newer
// one, stated by a program that was upgraded first.
var ErrUnknownVersion = errors.New("no way to read this type and version")

// Evolved is an event that had other versions before. Events of an old version stay in outboxes, among
// held events and with brokers long after the last program that stated them is gone.
type Evolved interface {
	Event
	Upcasters() []Upcaster // one from each older version to the next
}

// Upcaster turns a payload of one version into one of the next.
type Upcaster struct {
	From, To Type
	Old      Event // the old version's struct, empty
	apply    func(payload json.RawMessage) (json.RawMessage, error)
}

// Upcast makes an upcaster of a function between the structs of two neighbouring versions. The old
// struct stays in the contract just as it was, with its EventType; when the next version comes, New
// becomes an old struct and the function stays untouched.
func Upcast[Old, New Event](f func(Old) (New, error)) Upcaster {
	var from Old
	var to New
	return Upcaster{
		From: from.EventType(), To: to.EventType(), Old: from,
		apply: func(payload json.RawMessage) (json.RawMessage, error) {
			var old Old
			if err := json.Unmarshal(payload, &old); err != nil {
				return nil, err
			}
			raised, err := f(old)
			if err != nil {
				return nil, err
			}
			return json.Marshal(raised)
		},
	}
}

// links says whether the upcaster goes from a version to the one after it.
func (u Upcaster) links() bool {
	return u.From.Name == u.To.Name && u.From.Version+1 == u.To.Version
}

// Upcasters are those of an event, none for one that has kept its first version.
func Upcasters(e Event) []Upcaster {
	if evolved, ok := e.(Evolved); ok {
		return evolved.Upcasters()
	}
	return nil
}

// Versions are the types that can be read as e, newest first: its own, and those from which upcasters
// lead to it without a gap.
func Versions(e Event) []Type {
	types := []Type{e.EventType()}
	upcasters := Upcasters(e)
	for {
		oldest := types[len(types)-1]
		i := slices.IndexFunc(upcasters, func(u Upcaster) bool { return u.To == oldest && u.links() })
		if i < 0 {
			return types
		}
		types = append(types, upcasters[i].From)
	}
}

// Lift turns a payload of type from into one of e's own version. It returns ErrUnknownVersion, and
// the errors of upcasters.
func Lift(e Event, from Type, payload json.RawMessage) (json.RawMessage, error) {
	current := e.EventType()
	if from == current {
		return payload, nil
	}
	if !slices.Contains(Versions(e), from) {
		return nil, fmt.Errorf("read %s as %s: %w", from, current, ErrUnknownVersion)
	}
	for from != current {
		for _, u := range Upcasters(e) {
			if u.From != from || !u.links() {
				continue
			}
			var err error
			if payload, err = u.apply(payload); err != nil {
				return nil, fmt.Errorf("upcast %s to %s: %w", u.From, u.To, err)
			}
			from = u.To
			break
		}
	}
	return payload, nil
}

// Decode reads the payload of an envelope as E, which may be of a newer version than the envelope. It
// returns ErrUnknownVersion, errors of JSON, and those of upcasters. Fields that E does not have are
// passed over, so that a publisher may add some.
func Decode[E Event](e Envelope) (E, error) {
	var fact E
	payload, err := Lift(fact, e.Type, e.Payload)
	if err == nil {
		err = json.Unmarshal(payload, &fact)
	}
	if err != nil {
		return fact, fmt.Errorf("decode %s: %w", e.Type, err)
	}
	return fact, nil
}
