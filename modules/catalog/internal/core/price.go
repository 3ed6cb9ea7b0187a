package core

import (
	"maps"
	"slices"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/money"
)

// Offer is what a SKU is sold for.
type Offer struct {
	ProductID catalog.ProductID
	Name      string
	Prices    map[money.Currency]int64 // minor units
}

// Quote says what the lines of a checked request cost. It returns catalog.ErrUnknownSKU,
// ErrNoCommonCurrency, ErrNoPrice, ErrAmountRange or ErrPriceChanged.
func Quote(r catalog.ReserveRequest, offers map[string]Offer) ([]catalog.PricedLine, money.Money, error) {
	if err := checkKnown(r.Lines, offers); err != nil {
		return nil, money.Money{}, err
	}
	currency, err := currencyOf(r, offers)
	if err != nil {
		return nil, money.Money{}, err
	}
	priced, total, err := priceLines(r.Lines, offers, currency)
	if err != nil {
		return nil, money.Money{}, err
	}
	if r.ExpectedTotal != nil && *r.ExpectedTotal != total {
		change := catalog.PriceChange{Expected: *r.ExpectedTotal, Actual: total}
		return nil, money.Money{}, catalog.ErrPriceChanged.WithDetails(change)
	}
	return priced, total, nil
}

func checkKnown(lines []catalog.ReserveLine, offers map[string]Offer) error {
	var unknown []fault.Field
	for i, line := range lines {
		if _, ok := offers[line.SKU]; !ok {
			unknown = append(unknown, fault.Field{Location: at(i, "sku"), Message: "is not sold here"})
		}
	}
	if len(unknown) > 0 {
		return catalog.ErrUnknownSKU.WithFields(unknown...)
	}
	return nil
}

func currencyOf(r catalog.ReserveRequest, offers map[string]Offer) (money.Currency, error) {
	switch {
	case r.Currency != "":
		return r.Currency, nil
	case r.ExpectedTotal != nil:
		return r.ExpectedTotal.Currency, nil
	}
	common := slices.Collect(maps.Keys(offers[r.Lines[0].SKU].Prices))
	for _, line := range r.Lines[1:] {
		prices := offers[line.SKU].Prices
		common = slices.DeleteFunc(common, func(c money.Currency) bool {
			_, ok := prices[c]
			return !ok
		})
	}
	if len(common) != 1 {
		return "", catalog.ErrNoCommonCurrency
	}
	return common[0], nil
}

func priceLines(lines []catalog.ReserveLine, offers map[string]Offer, currency money.Currency) ([]catalog.PricedLine, money.Money, error) {
	var missing []fault.Field
	priced := make([]catalog.PricedLine, len(lines))
	total := money.Money{Currency: currency}
	for i, line := range lines {
		offer := offers[line.SKU]
		amount, ok := offer.Prices[currency]
		if !ok {
			missing = append(missing, fault.Field{Location: at(i, "sku"), Message: "has no price in the order's currency"})
			continue
		}
		unit := money.Money{Amount: amount, Currency: currency}
		var err error
		if priced[i], err = PriceLine(line, offer, unit); err == nil {
			total, err = total.Add(priced[i].Total)
		}
		if err != nil {
			return nil, money.Money{}, catalog.ErrAmountRange.WithFields(
				fault.Field{Location: at(i, "quantity"), Message: "makes an amount that is too big"})
		}
	}
	if len(missing) > 0 {
		return nil, money.Money{}, catalog.ErrNoPrice.WithFields(missing...)
	}
	return priced, total, nil
}

// PriceLine is one line at a unit price. It returns money.ErrOverflow.
func PriceLine(line catalog.ReserveLine, offer Offer, unit money.Money) (catalog.PricedLine, error) {
	total, err := unit.Mul(line.Quantity)
	return catalog.PricedLine{
		SKU: line.SKU, ProductID: offer.ProductID, Name: offer.Name,
		Quantity: line.Quantity, UnitPrice: unit, Total: total,
	}, err
}
