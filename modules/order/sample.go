package order

import (
	"time"

	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/money"
)

// Samples are one invented order through all that may happen to it.

func sampleID() ID {
	return ID{id.Floor(time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC))}
}

func sampleLines() []Line {
	return []Line{
		{SKU: "TEA-SENCHA-100", Name: "Sencha, 100 g", Quantity: 2},
		{SKU: "POT-CAST-IRON-08", Name: "Cast iron teapot, 0.8 l", Quantity: 1},
	}
}

func samplePayment() PaymentAttempt {
	return PaymentAttempt{
		PaymentID: id.Floor(time.Date(2026, 3, 2, 9, 30, 0, 1e6, time.UTC)),
		Amount:    money.Money{Amount: 7480, Currency: "EUR"},
		Method:    "card",
		Token:     "tok_ok",
	}
}

func samplePlaced() Placed {
	return Placed{
		OrderID: sampleID(), Number: "7K2M9QXD", Lines: sampleLines(), Payment: samplePayment(),
		Deadline: time.Date(2026, 3, 2, 9, 45, 0, 0, time.UTC),
	}
}

func samplePaymentRequested() PaymentRequested {
	return PaymentRequested{OrderID: sampleID(), Payment: samplePayment()}
}

func sampleConfirmed() Confirmed {
	return Confirmed{
		OrderID: sampleID(), Number: "7K2M9QXD", Lines: sampleLines(),
		ShipTo: Address{
			Name: "The Tea Room", Line1: "12 Harbour Street", Line2: "Second floor",
			City: "Galway", Region: "Connacht", PostalCode: "H91 XY12", Country: "IE",
		},
	}
}

func sampleCancelRequested() CancelRequested {
	return CancelRequested{OrderID: sampleID(), Reason: "Ordered twice."}
}

func sampleCancelled() Cancelled {
	return Cancelled{OrderID: sampleID(), Reason: "Ordered twice."}
}

func sampleCancelRefused() CancelRefused { return CancelRefused{OrderID: sampleID()} }

func sampleExpired() Expired { return Expired{OrderID: sampleID()} }

func sampleDelivered() Delivered { return Delivered{OrderID: sampleID()} }
