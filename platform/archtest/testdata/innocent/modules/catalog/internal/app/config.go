package app

import (
	"net/url"

	"example.com/shop/platform/id"
)

type Order func() bool

type Page struct {
	Size int
	Of   id.UUID
}

type Prices map[string]Page

// A Callee, a Payload, an Aggregate and a Value of one's own; no machine is meant.
type agent struct{ Payload []byte }

func (a agent) Callee(of string) agent { return a }

func (a agent) Value(key string) string { return key }

type Aggregate struct{ Type string }

func (a agent) read(u *url.URL) (string, []byte) {
	_ = Aggregate{Type: "order"}
	return a.Callee("order").Value("unix"), a.Payload
}
