package event

import "example.com/shop/platform/id"

type Type struct {
	Name    string
	Version int
}

type Event interface{ EventType() Type }

type Definition struct {
	Type Type
	ID   id.UUID
}

func Define(sample Event) Definition { return Definition{Type: sample.EventType()} }
