package ordertest

import (
	"context"
	"fmt"
	"reflect"
	"sync"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/money"
)

// Catalog answers Reserve as its contract says, from memory. It is set up before it is used.
type Catalog struct {
	// Then, if set, runs after a reservation was made and before it is answered; its error is answered
	// instead, as when the caller crashes there.
	Then func() error

	mu    sync.Mutex
	price map[string]money.Money
	left  map[string]int64
	held  map[string]promise
}

var _ catalog.Service = (*Catalog)(nil)

type promise struct {
	asked    catalog.ReserveRequest
	answered catalog.Reservation
}

// NewCatalog sells nothing.
func NewCatalog() *Catalog {
	return &Catalog{price: map[string]money.Money{}, left: map[string]int64{}, held: map[string]promise{}}
}

// Sell puts pieces of a SKU on the shelf.
func (c *Catalog) Sell(sku string, pieces int64, price money.Money) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.price[sku], c.left[sku] = price, pieces
}

// Restock puts more pieces of a SKU that is sold on the shelf.
func (c *Catalog) Restock(sku string, pieces int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left[sku] += pieces
}

// Left is how many pieces of a SKU nobody holds.
func (c *Catalog) Left(sku string) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.left[sku]
}

// Reservations is how many keys hold something.
func (c *Catalog) Reservations() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.held)
}

// Reserve is catalog.Service.
func (c *Catalog) Reserve(_ context.Context, r catalog.ReserveRequest) (catalog.Reservation, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	known, repeated := c.held[r.Key]
	if repeated && !reflect.DeepEqual(known.asked.Lines, r.Lines) {
		return catalog.Reservation{}, catalog.ErrKeyReused
	}
	if !repeated {
		answer, err := c.reserve(r)
		if err != nil {
			return catalog.Reservation{}, err
		}
		known = promise{asked: r, answered: answer}
		c.held[r.Key] = known
	}
	if c.Then != nil {
		if err := c.Then(); err != nil {
			return catalog.Reservation{}, err
		}
	}
	return known.answered, nil
}

func (c *Catalog) reserve(r catalog.ReserveRequest) (catalog.Reservation, error) {
	answer := catalog.Reservation{OrderID: r.OrderID, HoldUntil: r.HoldUntil}
	var short []catalog.Shortage
	for i, l := range r.Lines {
		price, ok := c.price[l.SKU]
		if !ok {
			return answer, catalog.ErrUnknownSKU.WithFields(fault.Field{
				Location: fmt.Sprintf("lines[%d].sku", i), Message: "is not sold here",
			})
		}
		if c.left[l.SKU] < l.Quantity {
			short = append(short, catalog.Shortage{SKU: l.SKU, Requested: l.Quantity, Available: c.left[l.SKU]})
		}
		total := money.Money{Amount: price.Amount * l.Quantity, Currency: price.Currency}
		answer.Total = money.Money{Amount: answer.Total.Amount + total.Amount, Currency: price.Currency}
		answer.Lines = append(answer.Lines, catalog.PricedLine{
			SKU: l.SKU, ProductID: catalog.ProductID{UUID: id.New()}, Name: "The " + l.SKU,
			Quantity: l.Quantity, UnitPrice: price, Total: total,
		})
	}
	if short != nil {
		return answer, catalog.ErrOutOfStock.WithDetails(short)
	}
	if e := r.ExpectedTotal; e != nil && *e != answer.Total {
		return answer, catalog.ErrPriceChanged.WithDetails(catalog.PriceChange{Expected: *e, Actual: answer.Total})
	}
	for _, l := range r.Lines {
		c.left[l.SKU] -= l.Quantity
	}
	return answer, nil
}
