package httpapi

import (
	"time"

	"github.com/banyan-commerce/banyan/modules/catalog/internal/core"
	"github.com/banyan-commerce/banyan/platform/money"
)

type productBody struct {
	ID          string              `json:"id" format:"uuid"`
	Name        string              `json:"name"`
	Description string              `json:"description,omitempty" doc:"Left out of lists."`
	Brand       string              `json:"brand,omitempty"`
	Category    []string            `json:"category" doc:"From the general to the particular."`
	CategoryID  string              `json:"category_id,omitempty"`
	Images      []string            `json:"images"`
	Options     []productChoiceBody `json:"options" doc:"What the variants differ in."`
	SKUs        []productSKUBody    `json:"skus"`
	CreatedAt   time.Time           `json:"created_at"`
	UpdatedAt   time.Time           `json:"updated_at"`
}

type productChoiceBody struct {
	Name   string   `json:"name" example:"Size"`
	Values []string `json:"values"`
}

type productSKUBody struct {
	SKU       string              `json:"sku"`
	Name      string              `json:"name" doc:"The product's, with the options."`
	Options   []productOptionBody `json:"options"`
	Prices    []productPriceBody  `json:"prices" doc:"One per currency."`
	Available int64               `json:"available" doc:"Pieces that can be ordered now."`
}

type productOptionBody struct {
	Name  string `json:"name" example:"Size"`
	Value string `json:"value" example:"XL"`
}

type productPriceBody struct {
	Price     money.Money  `json:"price"`
	CompareAt *money.Money `json:"compare_at,omitempty" doc:"Before a reduction."`
}

// skuBody is a productSKUBody by itself; spelt out, because huma leaves embedded fields out of the schema.
type skuBody struct {
	SKU       string              `json:"sku"`
	ProductID string              `json:"product_id" format:"uuid"`
	Name      string              `json:"name" doc:"The product's, with the options."`
	Options   []productOptionBody `json:"options"`
	Prices    []productPriceBody  `json:"prices" doc:"One per currency."`
	Available int64               `json:"available" doc:"Pieces that can be ordered now."`
	Stock     *stockBody          `json:"stock,omitempty" doc:"For the operator."`
}

type stockBody struct {
	SKU       string `json:"sku"`
	OnHand    int64  `json:"on_hand"`
	Held      int64  `json:"held" doc:"Promised to orders that are not confirmed."`
	Allocated int64  `json:"allocated" doc:"Promised to confirmed orders."`
	Available int64  `json:"available"`
}

type categoryBody struct {
	ID       string   `json:"id" format:"uuid"`
	ParentID string   `json:"parent_id,omitempty"`
	Name     string   `json:"name"`
	Path     []string `json:"path"`
}

func renderProduct(l core.Listing) productBody {
	b := productBody{
		ID: l.ID.String(), Name: l.Name, Description: l.Description, Brand: l.Brand,
		Category: list(l.Category), Images: list(l.Images),
		Options: []productChoiceBody{}, SKUs: make([]productSKUBody, len(l.Variants)),
		CreatedAt: l.CreatedAt, UpdatedAt: l.UpdatedAt,
	}
	if !l.CategoryID.IsZero() {
		b.CategoryID = l.CategoryID.String()
	}
	for _, c := range l.Choices() {
		b.Options = append(b.Options, productChoiceBody(c))
	}
	for i, v := range l.Variants {
		b.SKUs[i] = renderVariant(v)
	}
	return b
}

func renderVariant(v core.ListedVariant) productSKUBody {
	b := productSKUBody{
		SKU: v.SKU, Name: v.Name, Available: max(v.Stock.Available(), 0),
		Options: make([]productOptionBody, len(v.Options)), Prices: make([]productPriceBody, len(v.Prices)),
	}
	for i, o := range v.Options {
		b.Options[i] = productOptionBody(o)
	}
	for i, p := range v.Prices {
		b.Prices[i] = productPriceBody{Price: p.Amount, CompareAt: p.CompareAt}
	}
	return b
}

func renderStock(s core.Stock) stockBody {
	return stockBody{
		SKU: s.SKU, OnHand: s.OnHand, Held: s.Held, Allocated: s.Allocated, Available: max(s.Available(), 0),
	}
}

func renderCategory(c core.Category) categoryBody {
	b := categoryBody{ID: c.ID.String(), Name: c.Name, Path: c.Path}
	if !c.Parent.IsZero() {
		b.ParentID = c.Parent.String()
	}
	return b
}

// list makes no entries an empty list, not null.
func list(texts []string) []string {
	if texts == nil {
		return []string{}
	}
	return texts
}
