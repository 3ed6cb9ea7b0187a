package module

import "example.com/shop/platform/event"

type Manifest struct {
	Name      string
	Calls     []string
	Aggregate string
	Publishes []event.Definition
	Listens   []string
	Routes    []string
	Tables    []string
}
