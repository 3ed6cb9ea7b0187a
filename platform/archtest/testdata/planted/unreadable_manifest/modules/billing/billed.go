package billing

import "example.com/shop/platform/event"

// Billed may stand in the list that can't be read.
type Billed struct{ Total int64 }

func (Billed) EventType() event.Type { return event.Type{Name: "billing.billed", Version: 1} }
