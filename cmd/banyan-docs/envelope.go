package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/module"
)

// envelope is an event under the names of CloudEvents 1.0 and its distributed tracing extension; what
// else it carries is named by their rule for extensions, lower-case letters and digits.
type envelope struct {
	SpecVersion      string      `json:"specversion"`
	ID               id.UUID     `json:"id"`
	Source           string      `json:"source"`
	Type             string      `json:"type"`
	TypeVersion      int         `json:"typeversion"`
	Subject          string      `json:"subject"`
	AggregateVersion int         `json:"aggregateversion"`
	Time             time.Time   `json:"time"`
	CorrelationID    id.UUID     `json:"correlationid"`
	CausationID      id.UUID     `json:"causationid"`
	TraceParent      string      `json:"traceparent"`
	ContentType      string      `json:"datacontenttype"`
	Data             event.Event `json:"data"`
}

// example is the envelope that the sample of an event could have come in, as its aggregate's event
// number place.
func example(m module.Manifest, d event.Definition, place int) (string, error) {
	about, err := aggregateID(d.Sample)
	if err != nil {
		return "", err
	}
	at := time.Date(2026, 3, 2, 9, 30, 5, 0, time.UTC)
	text, err := json.MarshalIndent(envelope{
		SpecVersion: "1.0", ID: id.Floor(at), Source: m.Name, Type: d.Type.Name, TypeVersion: d.Type.Version,
		Subject: m.Aggregate + "/" + about, AggregateVersion: place, Time: at,
		CorrelationID: id.Floor(at.Add(-2 * time.Second)), CausationID: id.Floor(at.Add(-time.Second)),
		TraceParent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", // the example of W3C Trace Context
		ContentType: "application/json", Data: d.Sample,
	}, "", "  ")
	if err != nil {
		return "", fmt.Errorf("example of %s: %w", d.Type, err)
	}
	return string(text), nil
}

// aggregateID is the first field of every event.
func aggregateID(e event.Event) (string, error) {
	first := reflect.ValueOf(e).Field(0)
	if text, ok := first.Interface().(fmt.Stringer); ok && isID(first.Type()) {
		return text.String(), nil
	}
	return "", fmt.Errorf("%s: the first field is the ID of the event's aggregate, this one has %s", e.EventType(), first.Type())
}
