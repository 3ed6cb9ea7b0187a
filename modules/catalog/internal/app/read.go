package app

import (
	"context"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/core"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/store"
	"github.com/banyan-commerce/banyan/platform/id"
)

// Search is what a list of products is narrowed by; empty fields don't.
type Search struct {
	Words    string
	Brand    string
	Category string // its ID, or its path: "Coffee > Beans"
	After    id.UUID
	Limit    int
}

// Products reads a page in two statements, or three when words are looked for; more says that another page follows. Words that hold no
// letter or digit find nothing.
func (a *App) Products(ctx context.Context, s Search) (page []core.Listing, more bool, err error) {
	f := core.Filter{Words: core.QueryRanges(s.Words), After: s.After, Limit: s.Limit + 1}
	if s.Words != "" && len(f.Words) == 0 {
		return nil, false, nil
	}
	if s.Brand != "" {
		f.Brand = core.BrandTerm(s.Brand)
	}
	if s.Category != "" {
		f.Category = core.CategoryTerm(categoryID(s.Category))
	}
	page, err = store.List(ctx, a.db, f)
	if err != nil {
		return nil, false, err
	}
	if len(page) > s.Limit {
		page, more = page[:s.Limit], true
	}
	return page, more, store.AddVariants(ctx, a.db, page)
}

func categoryID(text string) id.UUID {
	if u, err := id.Parse(text); err == nil {
		return u
	}
	return core.CategoryID(core.SplitPath(text))
}

// Product reads one. It returns catalog.ErrProductNotFound.
func (a *App) Product(ctx context.Context, product catalog.ProductID) (core.Listing, error) {
	l, found, err := store.Listing(ctx, a.db, product.UUID)
	if err != nil {
		return l, err
	}
	if !found {
		return l, catalog.ErrProductNotFound
	}
	one := []core.Listing{l}
	err = store.AddVariants(ctx, a.db, one)
	return one[0], err
}

// Variant reads one SKU. It returns catalog.ErrSKUNotFound.
func (a *App) Variant(ctx context.Context, sku string) (core.ListedVariant, error) {
	v, found, err := store.Variant(ctx, a.db, sku)
	if err == nil && !found {
		err = catalog.ErrSKUNotFound
	}
	return v, err
}

// Categories reads the whole tree.
func (a *App) Categories(ctx context.Context) ([]core.Category, error) {
	return store.Categories(ctx, a.db)
}
