package app

import (
	"context"
	"fmt"

	"github.com/banyan-commerce/banyan/modules/catalog/internal/demo"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/store"
)

// LoadDemo fills an empty catalogue with the demo's products, and answers how many there are. With
// any product present, archived ones included, it does nothing.
func (a *App) LoadDemo(ctx context.Context) (int, error) {
	empty, err := store.Empty(ctx, a.db)
	if err != nil || !empty {
		return 0, err
	}
	products, err := demo.Products()
	if err != nil {
		return 0, err
	}
	out, err := a.put(ctx, demo.Source, products)
	if err != nil {
		return 0, fmt.Errorf("load demo catalogue: %w", err)
	}
	return len(out.created), nil
}
