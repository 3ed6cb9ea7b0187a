package app

import (
	"context"
	"encoding/json"

	"example.com/shop/modules/order"
	"example.com/shop/platform/event"
	"example.com/shop/platform/sqldb"
)

type more struct{ Email string }

func open(ctx context.Context, tx *sqldb.Tx, cause event.Envelope) (m more, err error) {
	_, _ = event.Decode[order.Closed](cause) // want: decodes an event by event.Decode
	_ = []event.Envelope{cause}[0].Payload   // want: reads the payload of an envelope
	same := cause
	_ = len(same.Payload)                       // want: reads the payload of an envelope
	return m, json.Unmarshal(cause.Payload, &m) // want: reads the payload of an envelope
}
