package core

import "github.com/banyan-commerce/banyan/modules/order"

// View is an order with what it heard of its payments and shipments.
type View struct {
	Order
	Payments  []Payment // the latest attempt too, as pending, if nothing was heard of it
	Shipments []Shipment
}

// NewView puts an order and its projections together.
func NewView(o Order, payments []Payment, shipments []Shipment) View {
	return View{Order: o, Payments: withAttempt(o, payments), Shipments: shipments}
}

// PaymentStatus is captured, authorised, pending, voided or declined, the first that is true of any
// payment.
func (v View) PaymentStatus() string {
	states := map[PaymentState]bool{}
	for _, p := range v.Payments {
		states[p.State] = true
	}
	for _, s := range []PaymentState{PaymentCaptured, PaymentAuthorised, PaymentPending, PaymentVoided} {
		if states[s] {
			return string(s)
		}
	}
	return string(PaymentDeclined)
}

// FulfilmentStatus is unfulfilled, preparing, packed, partially_shipped, shipped, partially_delivered
// or delivered.
func (v View) FulfilmentStatus() string { return fulfilmentStatus(v.Lines, v.Shipments) }

// Settled says whether waiting longer for the order makes no sense.
func (v View) Settled() bool { return Settled(v.Status, v.Attempt.State) }

// Filter says which orders a list shows. Zero fields don't restrict.
type Filter struct {
	Status Status
	Email  string
	Before order.ID // only orders older than this one
}
