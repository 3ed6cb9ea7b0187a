package httpapi

import (
	"time"

	"github.com/banyan-commerce/banyan/modules/payment/internal/app"
	"github.com/banyan-commerce/banyan/platform/money"
)

// paymentBody never has the token: it is good for charging the customer.
type paymentBody struct {
	ID                string        `json:"id" format:"uuid"`
	OrderID           string        `json:"order_id" format:"uuid"`
	Status            string        `json:"status" enum:"ready,authorised,captured,declined,voided"`
	Method            string        `json:"method"`
	Amount            money.Money   `json:"amount" doc:"What the order asked for."`
	Amounts           amountsBody   `json:"amounts" doc:"Sums over the ledger."`
	Provider          string        `json:"provider"`
	ProviderReference string        `json:"provider_reference,omitempty"`
	Declined          *declinedBody `json:"declined,omitempty" doc:"Why it was declined."`
	Ledger            []entryBody   `json:"ledger"`
	CreatedAt         time.Time     `json:"created_at"`
	UpdatedAt         time.Time     `json:"updated_at"`
}

type amountsBody struct {
	Authorised money.Money `json:"authorised"`
	Captured   money.Money `json:"captured"`
	Refunded   money.Money `json:"refunded"`
	Voided     money.Money `json:"voided"`
}

type declinedBody struct {
	Code   string `json:"code" example:"insufficient_funds"`
	Reason string `json:"reason"`
}

type entryBody struct {
	OperationID       string      `json:"operation_id" format:"uuid"`
	Kind              string      `json:"kind" enum:"authorisation,charge,refund,void,chargeback"`
	Result            string      `json:"result" enum:"requested,succeeded,failed"`
	Amount            money.Money `json:"amount"`
	ProviderReference string      `json:"provider_reference,omitempty"`
	At                time.Time   `json:"at"`
}

func render(v app.View) paymentBody {
	b := paymentBody{
		ID: v.ID.String(), OrderID: v.OrderID.String(), Status: string(v.Status), Method: v.Method, Amount: v.Amount,
		Amounts: amountsBody{
			Authorised: v.Totals.Authorised, Captured: v.Totals.Captured,
			Refunded: v.Totals.Refunded, Voided: v.Totals.Voided,
		},
		Provider: v.Provider, ProviderReference: v.Reference,
		Ledger:    make([]entryBody, len(v.Ledger)),
		CreatedAt: v.CreatedAt, UpdatedAt: v.UpdatedAt,
	}
	if v.Code != "" {
		b.Declined = &declinedBody{Code: v.Code, Reason: v.Reason}
	}
	for i, e := range v.Ledger {
		b.Ledger[i] = entryBody{
			OperationID: e.Operation.String(), Kind: string(e.Kind), Result: string(e.Result),
			Amount: e.Amount, ProviderReference: e.Reference, At: e.At,
		}
	}
	return b
}
