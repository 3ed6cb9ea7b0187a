package app

import (
	"context"

	stock "example.com/shop/modules/catalog"
	"example.com/shop/platform/sqldb"
)

type transaction = sqldb.Tx

func (a *App) together(ctx context.Context, tx *transaction) error {
	_, err := a.catalog.Reserve(ctx, "A") // want: calls catalog.Service.Reserve while it has a transaction
	return err
}

func (a *App) nested(ctx context.Context, given stock.Service) error {
	_, _ = given.Reserve(ctx, "before")
	return sqldb.InTx(ctx, func(*sqldb.Tx) error {
		service := a.catalog
		_, _ = service.Reserve(ctx, "B")            // want: calls catalog.Service.Reserve while it has a transaction
		func() { _, _ = given.Reserve(ctx, "C") }() // want: calls catalog.Service.Reserve while it has a transaction
		_, err := own{given}.Reserve(ctx, "D")      // want: calls catalog.Service.Reserve while it has a transaction
		return err
	})
}

type own struct{ stock.Service }

func (a *App) behind(ctx context.Context, tx *sqldb.Tx) error {
	if err := a.further(ctx); err != nil { // want: calls catalog.Service.Reserve while it has a transaction
		return err
	}
	return hidden(ctx, a) // want: calls catalog.Service.Reserve while it has a transaction
}

func (a *App) further(ctx context.Context) error { return hidden(ctx, a) }

func hidden(ctx context.Context, a *App) error {
	_, err := a.catalog.Reserve(ctx, "E")
	return err
}

// Two parameters of one name and type are told like one.
func passed(ctx context.Context) {
	_ = func(_ *sqldb.Tx, service stock.Service) { _, _ = service.Reserve(ctx, "F") } // want: calls catalog.Service.Reserve while it has a transaction
	_ = func(_ *sqldb.Tx, service stock.Service) {}
}
