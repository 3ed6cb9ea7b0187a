package module

import "example.com/shop/platform/event"

type Manifest struct {
	Name      string
	Owner     string
	Calls     []string
	Publishes []event.Definition
	Listens   []string
	Routes    []string
	Tables    []string
}
