package httpapi

import (
	"context"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/app"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/web"
)

type listInput struct {
	Q        string `query:"q" maxLength:"200" doc:"Each word must begin a word of the product's name, brand, category or options."`
	Category string `query:"category" maxLength:"1200" doc:"A category's ID or path: Coffee > Beans. Those below it count."`
	Brand    string `query:"brand" maxLength:"128"`
	Cursor   string `query:"cursor" doc:"next_cursor of the page before."`
	Limit    int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type listOutput struct {
	Body web.Page[productBody]
}

// cursor is the last product of a page.
type cursor struct {
	After id.UUID `json:"a"`
}

func (s server) list(ctx context.Context, in *listInput) (*listOutput, error) {
	var from cursor
	if in.Cursor != "" {
		if err := web.DecodeCursor(in.Cursor, &from); err != nil {
			return nil, err
		}
	}
	search := app.Search{Words: in.Q, Brand: in.Brand, Category: in.Category, After: from.After, Limit: in.Limit}
	page, more, err := s.app.Products(ctx, search)
	if err != nil {
		return nil, err
	}
	items := make([]productBody, len(page))
	for i, l := range page {
		items[i] = renderProduct(l)
	}
	next := ""
	if more {
		next = web.EncodeCursor(cursor{After: page[len(page)-1].ID})
	}
	return &listOutput{Body: web.NewPage(items, next)}, nil
}

type productInput struct {
	ID string `path:"id" doc:"The product's ID."`
}

type productOutput struct {
	Body productBody
}

func (s server) product(ctx context.Context, in *productInput) (*productOutput, error) {
	u, err := id.Parse(in.ID)
	if err != nil {
		return nil, catalog.ErrProductNotFound
	}
	l, err := s.app.Product(ctx, catalog.ProductID{UUID: u})
	if err != nil {
		return nil, err
	}
	return &productOutput{Body: renderProduct(l)}, nil
}

type skuInput struct {
	SKU string `path:"sku"`
}

type skuOutput struct {
	Body skuBody
}

func (s server) sku(ctx context.Context, in *skuInput) (*skuOutput, error) {
	v, err := s.app.Variant(ctx, in.SKU)
	if err != nil {
		return nil, err
	}
	shown := renderVariant(v)
	b := skuBody{
		SKU: shown.SKU, ProductID: v.ProductID.String(), Name: shown.Name,
		Options: shown.Options, Prices: shown.Prices, Available: shown.Available,
	}
	if web.Caller(ctx).Operator {
		stock := renderStock(v.Stock)
		b.Stock = &stock
	}
	return &skuOutput{Body: b}, nil
}

type categoriesOutput struct {
	Body web.Page[categoryBody]
}

func (s server) categories(ctx context.Context, _ *struct{}) (*categoriesOutput, error) {
	all, err := s.app.Categories(ctx)
	if err != nil {
		return nil, err
	}
	items := make([]categoryBody, len(all))
	for i, c := range all {
		items[i] = renderCategory(c)
	}
	return &categoriesOutput{Body: web.NewPage(items, "")}, nil
}

type stockInput struct {
	SKU  string `path:"sku"`
	Body struct {
		OnHand int64 `json:"on_hand" minimum:"0" maximum:"1000000000" doc:"Pieces that are there, promised ones included."`
	}
}

type stockOutput struct {
	Body stockBody
}

func (s server) setStock(ctx context.Context, in *stockInput) (*stockOutput, error) {
	caller := web.Caller(ctx)
	if err := caller.RequireOperator(); err != nil {
		return nil, err
	}
	stock, err := s.app.SetStock(ctx, in.SKU, in.Body.OnHand, caller.Name())
	if err != nil {
		return nil, err
	}
	return &stockOutput{Body: renderStock(stock)}, nil
}
