package app

import (
	"time"

	"example.com/shop/modules/catalog/internal/core"
	"example.com/shop/modules/catalog/internal/store"
	"example.com/shop/platform/sqldb"
)

type App struct {
	now func() time.Time
}

func New(now func() time.Time) *App { return &App{now: now} }

var (
	_ core.Stock
	_ store.Rows
	_ sqldb.Tx
)
