package event

import "example.com/shop/platform/id"

type Aggregate struct {
	Type    string
	ID      id.UUID
	Version int64
}

type Envelope struct {
	Aggregate Aggregate
	Payload   []byte
}

func Decode[E Event](e Envelope) (E, error) {
	var fact E
	return fact, nil
}
