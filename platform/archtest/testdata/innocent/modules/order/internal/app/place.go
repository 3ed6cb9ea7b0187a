package app

import (
	stock "example.com/shop/modules/catalog"
	"example.com/shop/modules/order"
)

type App struct {
	catalog stock.Service
	last    order.ID
}

func New(catalog stock.Service) *App { return &App{catalog: catalog} }

const insert = `INSERT INTO purchase_order (id, number) VALUES (?, ?)`

const replay = `SELECT request FROM idempotency WHERE request = ?`
