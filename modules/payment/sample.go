package payment

import (
	"time"

	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/money"
)

// Samples are one invented attempt to pay, with each of its possible ends.

func sampleID() ID {
	return ID{id.Floor(time.Date(2026, 3, 2, 9, 30, 0, 1e6, time.UTC))}
}

func sampleOrderID() id.UUID {
	return id.Floor(time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC))
}

func sampleAmount() money.Money { return money.Money{Amount: 7480, Currency: "EUR"} }

func sampleAuthorized() Authorized {
	return Authorized{PaymentID: sampleID(), OrderID: sampleOrderID(), Method: "card", Amount: sampleAmount()}
}

func sampleCaptured() Captured {
	return Captured{PaymentID: sampleID(), OrderID: sampleOrderID(), Method: "card", Amount: sampleAmount()}
}

func sampleDeclined() Declined {
	return Declined{
		PaymentID: sampleID(), OrderID: sampleOrderID(), Method: "card", Amount: sampleAmount(),
		Code: "insufficient_funds", Reason: "The card has insufficient funds.",
	}
}

func sampleVoided() Voided {
	return Voided{PaymentID: sampleID(), OrderID: sampleOrderID(), Method: "card", Amount: sampleAmount()}
}
