// Package catalog is the contract of the catalog module: what is sold, at which price, and how much
// of it there is. Stock is promised here and nowhere else.
package catalog

import (
	"context"
	"time"

	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/money"
)

// ProductID names a product; its variants are named by SKU.
type ProductID struct{ id.UUID }

// Service is what other modules may call synchronously.
type Service interface {
	// Reserve prices the lines and holds their stock for an order until HoldUntil. It is idempotent
	// by Key: a repeated call answers what the first one did, with the order ID and the prices of
	// then, and holds nothing twice. The hold ends by the clock unless catalog hears order.placed;
	// repeating the call after that holds the stock again, at the prices of then, and repeating it when
	// less than half of the hold is left extends it. Keys are forgotten 30 days after the first call,
	// once nothing is held or allocated.
	//
	// It returns ErrUnknownSKU, ErrOutOfStock, ErrPriceChanged, ErrNoCommonCurrency, ErrNoPrice,
	// ErrKeyReused, ErrAmountRange, ErrOrderTaken or ErrRequest. Field locations in them are relative
	// to the request: lines[0].sku.
	Reserve(ctx context.Context, r ReserveRequest) (Reservation, error)
}

// ReserveRequest asks for stock.
type ReserveRequest struct {
	Key           string         // 1 to 64 characters, unique for the caller's intention
	OrderID       id.UUID        // proposed; Reservation.OrderID is the one that counts
	Lines         []ReserveLine  // 1 to 100; one SKU may occur several times
	Currency      money.Currency // empty: that of ExpectedTotal, else the only one all SKUs share
	ExpectedTotal *money.Money   // nil: any total is fine
	HoldUntil     time.Time
}

// ReserveLine is a quantity (1 to 1,000,000) of one SKU.
type ReserveLine struct {
	SKU      string
	Quantity int64
}

// Reservation is stock held, and the prices that hold for it.
type Reservation struct {
	OrderID   id.UUID // the first one proposed under this key
	HoldUntil time.Time
	Lines     []PricedLine // in the order of the request
	Total     money.Money
}

// PricedLine is a line with what the customer pays for it.
type PricedLine struct {
	SKU       string
	ProductID ProductID
	Name      string
	Quantity  int64
	UnitPrice money.Money
	Total     money.Money
}

// Errors of Reserve.
var (
	ErrUnknownSKU       = fault.New(fault.Invalid, "unknown_sku", "A line names a SKU that is not sold here.")
	ErrOutOfStock       = fault.New(fault.Conflict, "out_of_stock", "There is not enough stock; details list each line and what is left.")
	ErrPriceChanged     = fault.New(fault.Conflict, "price_changed", "The total is not the one expected; details hold both.")
	ErrNoCommonCurrency = fault.New(fault.Invalid, "no_common_currency", "The lines have no single currency in common; name one.")
	ErrNoPrice          = fault.New(fault.Invalid, "no_price", "A line has no price in the requested currency.")
	ErrKeyReused        = fault.New(fault.Invalid, "idempotency_key_reused", "This key was used with another request.")
	ErrAmountRange      = fault.New(fault.Invalid, "amount_out_of_range", "The amount is too big to be counted.")
	ErrOrderTaken       = fault.New(fault.Conflict, "order_id_taken", "The proposed order ID has a reservation under another key.")
	ErrRequest          = fault.New(fault.Invalid, "reserve_request_invalid", "The request for stock can't be read.")
)

// Errors of the module's HTTP operations.
var (
	ErrProductNotFound = fault.New(fault.NotFound, "product_not_found", "There is no such product.")
	ErrSKUNotFound     = fault.New(fault.NotFound, "sku_not_found", "There is no such SKU.")
	ErrStockPromised   = fault.New(fault.Conflict, "stock_promised", "More pieces than that are promised to orders; details say how many.")
)

// Limits of a ReserveRequest.
const (
	MaxLines    = 100
	MaxQuantity = 1_000_000
	MaxKey      = 64 // characters
)

// AggregateType is the aggregate of this module's events; its ID is the order's.
const AggregateType = "reservation"

// Shortage is one line of ErrOutOfStock's details ([]Shortage).
type Shortage struct {
	SKU       string `json:"sku"`
	Requested int64  `json:"requested"`
	Available int64  `json:"available"`
}

// Promised is the details of ErrStockPromised: pieces of the SKU.
type Promised struct {
	Held      int64 `json:"held"`      // for orders that are not confirmed
	Allocated int64 `json:"allocated"` // for confirmed orders
}

// PriceChange is the details of ErrPriceChanged.
type PriceChange struct {
	Expected money.Money `json:"expected"`
	Actual   money.Money `json:"actual"`
}
