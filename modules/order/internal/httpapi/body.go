package httpapi

import (
	"time"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/platform/money"
)

type newOrderBody struct {
	Customer      orderCustomerBody   `json:"customer"`
	ShipTo        orderAddressBody    `json:"ship_to"`
	Lines         []newOrderLineBody  `json:"lines" minItems:"1" maxItems:"100"`
	Payment       newOrderPaymentBody `json:"payment"`
	Currency      string              `json:"currency,omitempty" minLength:"3" maxLength:"3" doc:"ISO 4217; without it that of expected_total, or the only one that all SKUs share."`
	ExpectedTotal *expectedTotalBody  `json:"expected_total,omitempty" doc:"What the customer was shown; another total is refused with price_changed."`
}

type orderCustomerBody struct {
	Email string `json:"email" format:"email" maxLength:"254" example:"kim@example.com"`
	Name  string `json:"name" minLength:"1" maxLength:"200" example:"Kim"`
}

type orderAddressBody struct {
	Name       string `json:"name" minLength:"1" maxLength:"200"`
	Line1      string `json:"line1" minLength:"1" maxLength:"200"`
	Line2      string `json:"line2,omitempty" maxLength:"200"`
	City       string `json:"city" minLength:"1" maxLength:"100"`
	Region     string `json:"region,omitempty" maxLength:"100"`
	PostalCode string `json:"postal_code" minLength:"1" maxLength:"20"`
	Country    string `json:"country" pattern:"^[A-Z]{2}$" patternDescription:"two capital letters" doc:"ISO 3166-1 alpha-2." example:"KR"`
}

type newOrderLineBody struct {
	SKU      string `json:"sku" minLength:"1" maxLength:"64"`
	Quantity int64  `json:"quantity" minimum:"1" maximum:"1000000"`
}

type newOrderPaymentBody struct {
	Method string `json:"method" minLength:"1" maxLength:"32" example:"card"`
	Token  string `json:"token" minLength:"1" maxLength:"255" doc:"The provider's token; never a card number." example:"tok_ok"`
}

type expectedTotalBody struct {
	Amount   int64  `json:"amount" minimum:"0" doc:"In minor units of the currency."`
	Currency string `json:"currency" minLength:"3" maxLength:"3" doc:"ISO 4217." example:"KRW"`
}

type orderCancelLineBody struct {
	SKU      string `json:"sku"`
	Quantity int64  `json:"quantity"`
}

func (b newOrderBody) placement() core.Placement {
	p := core.Placement{
		Customer: core.Customer(b.Customer), ShipTo: order.Address(b.ShipTo),
		Lines:   make([]core.WantedLine, len(b.Lines)),
		Payment: core.Means(b.Payment), Currency: money.Currency(b.Currency),
	}
	for i, l := range b.Lines {
		p.Lines[i] = core.WantedLine(l)
	}
	if t := b.ExpectedTotal; t != nil {
		p.ExpectedTotal = &money.Money{Amount: t.Amount, Currency: money.Currency(t.Currency)}
	}
	return p
}

type orderBody struct {
	ID               string              `json:"id" format:"uuid"`
	Number           string              `json:"number" doc:"For people."`
	Status           string              `json:"status" enum:"pending_payment,confirmed,cancelling,cancelled,expired,delivered"`
	PaymentStatus    string              `json:"payment_status" enum:"pending,authorised,captured,declined,voided"`
	FulfilmentStatus string              `json:"fulfilment_status" enum:"unfulfilled,preparing,packed,partially_shipped,shipped,partially_delivered,delivered"`
	Customer         orderCustomerBody   `json:"customer"`
	ShipTo           orderAddressBody    `json:"ship_to"`
	Lines            []orderLineBody     `json:"lines"`
	Total            money.Money         `json:"total"`
	Payments         []orderPaymentBody  `json:"payments" doc:"As far as the order has heard of them."`
	Shipments        []orderShipmentBody `json:"shipments" doc:"As far as the order has heard of them."`
	PayBefore        time.Time           `json:"pay_before" doc:"A pending order expires then."`
	CancelReason     string              `json:"cancel_reason,omitempty"`
	CreatedAt        time.Time           `json:"created_at"`
	UpdatedAt        time.Time           `json:"updated_at"`
	AccessToken      string              `json:"access_token,omitempty" doc:"A bearer token for this order, given to whoever placed it."`
}

type orderLineBody struct {
	SKU       string      `json:"sku"`
	ProductID string      `json:"product_id" format:"uuid"`
	Name      string      `json:"name"`
	Quantity  int64       `json:"quantity"`
	UnitPrice money.Money `json:"unit_price"`
	Total     money.Money `json:"total"`
}

type orderPaymentBody struct {
	ID        string      `json:"id" format:"uuid"`
	Method    string      `json:"method"`
	Status    string      `json:"status" enum:"pending,authorised,captured,declined,voided"`
	Amount    money.Money `json:"amount"`
	Code      string      `json:"code,omitempty" doc:"Why it was declined, in the provider's word."`
	Reason    string      `json:"reason,omitempty" doc:"Why it was declined, for people."`
	UpdatedAt time.Time   `json:"updated_at"`
}

type orderShipmentBody struct {
	ID             string             `json:"id" format:"uuid"`
	Status         string             `json:"status"`
	Carrier        string             `json:"carrier,omitempty"`
	TrackingNumber string             `json:"tracking_number,omitempty"`
	Lines          []orderShippedBody `json:"lines"`
	UpdatedAt      time.Time          `json:"updated_at"`
}

type orderShippedBody struct {
	SKU      string `json:"sku"`
	Quantity int64  `json:"quantity"`
}

type orderEntryBody struct {
	Seq   int64     `json:"seq"`
	At    time.Time `json:"at"`
	From  string    `json:"from,omitempty"`
	To    string    `json:"to"`
	Cause string    `json:"cause" doc:"The event that was heard, or what somebody did."`
	Actor string    `json:"actor" doc:"customer, operator, clock, or the module that stated the fact."`
	Note  string    `json:"note,omitempty"`
}

func render(v core.View) orderBody {
	b := orderBody{
		ID: v.ID.String(), Number: v.Number, Status: string(v.Status),
		PaymentStatus: v.PaymentStatus(), FulfilmentStatus: v.FulfilmentStatus(),
		Customer: orderCustomerBody(v.Customer), ShipTo: orderAddressBody(v.ShipTo), Total: v.Total,
		Lines:     make([]orderLineBody, len(v.Lines)),
		Payments:  make([]orderPaymentBody, len(v.Payments)),
		Shipments: make([]orderShipmentBody, len(v.Shipments)),
		PayBefore: v.Deadline, CancelReason: v.CancelReason, CreatedAt: v.CreatedAt, UpdatedAt: v.UpdatedAt,
	}
	for i, l := range v.Lines {
		b.Lines[i] = orderLineBody{
			SKU: l.SKU, ProductID: l.ProductID.String(), Name: l.Name,
			Quantity: l.Quantity, UnitPrice: l.UnitPrice, Total: l.Total,
		}
	}
	for i, p := range v.Payments {
		b.Payments[i] = orderPaymentBody{
			ID: p.ID.String(), Method: p.Method, Status: string(p.State), Amount: p.Amount,
			Code: p.Code, Reason: p.Reason, UpdatedAt: p.UpdatedAt,
		}
	}
	for i, s := range v.Shipments {
		b.Shipments[i] = renderShipment(s)
	}
	return b
}

func renderShipment(s core.Shipment) orderShipmentBody {
	b := orderShipmentBody{
		ID: s.ID.String(), Status: s.State, Carrier: s.Carrier, TrackingNumber: s.TrackingNumber,
		Lines: make([]orderShippedBody, len(s.Lines)), UpdatedAt: s.UpdatedAt,
	}
	for i, l := range s.Lines {
		b.Lines[i] = orderShippedBody(l)
	}
	return b
}
