package shoptest

import (
	"encoding/json"
	"time"
)

// Amount is money, in minor units.
type Amount struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

// Line is a line of an order or of a parcel.
type Line struct {
	SKU      string `json:"sku"`
	Quantity int64  `json:"quantity"`
}

// Order is an order as its customer or the operator sees it.
type Order struct {
	ID          string
	Number      string
	Status      string
	Payment     string `json:"payment_status"`
	Fulfilment  string `json:"fulfilment_status"`
	Lines       []Line
	Total       Amount
	Payments    []struct{ ID, Status, Code string }
	Shipments   []struct{ ID, Status string }
	PayBefore   time.Time `json:"pay_before"`
	AccessToken string    `json:"access_token"`
}

// Payment is an attempt to pay as the operator sees it.
type Payment struct {
	ID      string
	OrderID string `json:"order_id"`
	Status  string
	Amount  Amount
	Amounts struct{ Authorised, Captured, Refunded, Voided Amount }
	Ledger  []struct {
		Operation    string `json:"operation_id"`
		Kind, Result string
	}
}

// Shipment is a parcel as the operator sees it.
type Shipment struct {
	ID      string
	OrderID string `json:"order_id"`
	Status  string
	Lines   []Line
	Events  []struct{ Type string }
}

// Stock is what is there of a SKU, and what of it is spoken for.
type Stock struct {
	OnHand    int64 `json:"on_hand"`
	Held      int64
	Allocated int64
	Available int64
}

type entry struct {
	Seq                    int64
	From, To, Cause, Actor string
}

// Problem is an answer that says what was wrong.
type Problem struct {
	Title, Code, Detail string
	Status              int
	Errors              []struct{ Location, Message string }
	Details             json.RawMessage
}
