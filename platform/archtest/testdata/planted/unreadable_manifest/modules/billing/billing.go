package billing

import (
	"strings"

	"example.com/shop/platform/event"
	"example.com/shop/platform/module"
)

func Manifest() module.Manifest {
	return module.Manifest{
		Name:      "billing",
		Calls:     strings.Fields("catalog"),                // want: a list that is put together at run time
		Publishes: []event.Definition{event.Define(load())}, // want: an event whose name can't be read
		Routes:    []string{"GET " + path()},                // want: a text that is put together at run time
		Tables:    append([]string{"bill"}, rest()...),      // want: a list that is put together at run time
		Listen:    []string{},                               // want: a field "Listen", which module.Manifest has not
	}
}
