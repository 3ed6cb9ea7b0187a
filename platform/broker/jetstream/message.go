package jetstream

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
)

// A message is a CloudEvent 1.0 in binary mode: attributes in headers, the payload as it is.
// https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/nats-protocol-binding.md
// traceparent is the extension for distributed tracing; the names from dataversion on are our own.
const (
	ceSpec        = "ce-specversion"
	ceID          = "ce-id"
	ceSource      = "ce-source"
	ceType        = "ce-type"
	ceSubject     = "ce-subject" // the aggregate's ID
	ceTime        = "ce-time"
	ceContent     = "ce-datacontenttype"
	ceTrace       = "ce-traceparent"
	ceVersion     = "ce-dataversion"
	ceKind        = "ce-aggregatetype"
	ceSequence    = "ce-aggregateversion"
	ceCorrelation = "ce-correlationid"
	ceCausation   = "ce-causationid"
)

// message is an event as it is published. Its ID is the message's, by which JetStream knows it again.
func message(subject string, e event.Envelope) *nats.Msg {
	m := nats.NewMsg(subject)
	m.Data = e.Payload
	set := func(name, value string) {
		if value != "" {
			m.Header[name] = []string{escape(value)}
		}
	}
	m.Header[nats.MsgIdHdr] = []string{e.ID.String()}
	set(ceSpec, "1.0")
	set(ceID, e.ID.String())
	set(ceSource, e.Source)
	set(ceType, e.Type.Name)
	set(ceSubject, e.Aggregate.ID.String())
	set(ceTime, e.OccurredAt.UTC().Format(time.RFC3339Nano))
	set(ceContent, "application/json")
	set(ceTrace, e.TraceParent)
	set(ceVersion, strconv.Itoa(e.Type.Version))
	set(ceKind, e.Aggregate.Type)
	set(ceSequence, strconv.FormatInt(e.Aggregate.Version, 10))
	set(ceCorrelation, text(e.CorrelationID))
	set(ceCausation, text(e.CausationID))
	return m
}

func text(u id.UUID) string {
	if u.IsZero() {
		return ""
	}
	return u.String()
}

// errNoEvent says that a message is none that message has made.
var errNoEvent = errors.New("not an event")

// envelope reads a message. It returns errNoEvent.
func envelope(header nats.Header, data []byte) (event.Envelope, error) {
	r := reader{header: header}
	e := event.Envelope{
		ID: r.id(ceID, true), Source: r.text(ceSource, true),
		Type:          event.Type{Name: r.text(ceType, true), Version: int(r.number(ceVersion))},
		Aggregate:     event.Aggregate{Type: r.text(ceKind, true), ID: r.id(ceSubject, true), Version: r.number(ceSequence)},
		OccurredAt:    r.time(ceTime),
		CorrelationID: r.id(ceCorrelation, false), CausationID: r.id(ceCausation, false), TraceParent: r.text(ceTrace, false),
		Payload: data,
	}
	if spec := r.text(ceSpec, true); r.err == nil && spec != "1.0" {
		r.fail(ceSpec, errors.New("must be 1.0"))
	}
	return e, r.err
}

// reader reads headers and remembers the first that is wrong.
type reader struct {
	header nats.Header
	err    error
}

func (r *reader) fail(name string, err error) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s: %w", errNoEvent, name, err)
	}
}

func (r *reader) text(name string, needed bool) string {
	values := r.header[name]
	if len(values) == 0 {
		if needed {
			r.fail(name, errors.New("missing"))
		}
		return ""
	}
	value, err := url.PathUnescape(values[0])
	if err != nil {
		r.fail(name, err)
	}
	return value
}

func (r *reader) id(name string, needed bool) id.UUID {
	value := r.text(name, needed)
	if value == "" {
		return id.UUID{}
	}
	u, err := id.Parse(value)
	if err != nil {
		r.fail(name, err)
	}
	return u
}

func (r *reader) number(name string) int64 {
	n, err := strconv.ParseInt(r.text(name, true), 10, 64)
	if err != nil {
		r.fail(name, err)
	}
	return n
}

func (r *reader) time(name string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, r.text(name, true))
	if err != nil {
		r.fail(name, err)
	}
	return t.UTC()
}

// escape writes a header's value as the binding wants it: in percents what is not printable ASCII, and
// space, quotation mark and percent themselves.
func escape(value string) string {
	var b strings.Builder
	for _, c := range []byte(value) {
		if c <= ' ' || c > '~' || c == '"' || c == '%' {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}
