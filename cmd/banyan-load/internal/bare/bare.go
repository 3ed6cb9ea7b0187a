// Package bare is the first floor of the benchmark: the least that a shop with an outbox must commit
// for an order. One order row, two line rows and one outbox row, in one transaction.
package bare

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"time"

	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/migrate"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Module names the schema, which lies beside those of the shop's modules.
const Module = "bare"

//go:embed schema/*.sql
var files embed.FS

// Open makes the tables (and those of the bus, where the outbox is the shop's own) and opens them.
func Open(ctx context.Context, l sqldb.Location) (*sqldb.DB, error) {
	scripts, err := fs.Sub(files, "schema")
	if err != nil {
		return nil, err
	}
	if _, err := migrate.Up(ctx, l, Module, scripts); err != nil {
		return nil, err
	}
	return sqldb.Open(ctx, l, Module, sqldb.Options{})
}

const (
	insertOrder = `INSERT INTO bare_order
		(id, number, version, status, currency, total, email, ship_to, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
	insertLines = `INSERT INTO bare_line
		(order_id, position, sku, name, quantity, unit_price) VALUES (?, ?, ?, ?, ?, ?), (?, ?, ?, ?, ?, ?)`
	insertEvent = `INSERT INTO bus_outbox
		(event_id, agg_type, agg_id, agg_seq, type, ver, headers, payload, occurred_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`

	address = `{"name":"Kim","line1":"1 Sejong-daero","city":"Seoul","postal_code":"04524","country":"KR"}`
	headers = `{"correlation":"0199f1a5-7a0c-7d3e-9a51-5d7c3f3a2b10"}`
	// payload is as long as that of order.placed with two lines.
	payload = `{"order_id":"0199f1a5-7a0c-7d3e-9a51-5d7c3f3a2b10","number":"7K3M9QXA","currency":"EUR","total":{"amount":4200,"currency":"EUR"},` +
		`"customer":{"email":"kim@example.com","name":"Kim"},"ship_to":` + address + `,"lines":[` +
		`{"sku":"LOAD-000001","product_id":"0199f1a5-7a0c-7d3e-9a51-5d7c3f3a2b11","name":"A mug","quantity":1,"unit_price":{"amount":2100,"currency":"EUR"}},` +
		`{"sku":"LOAD-000002","product_id":"0199f1a5-7a0c-7d3e-9a51-5d7c3f3a2b12","name":"A bowl","quantity":1,"unit_price":{"amount":2100,"currency":"EUR"}}],` +
		`"payment":{"attempt":"0199f1a5-7a0c-7d3e-9a51-5d7c3f3a2b13","method":"card","token":"tok_ok"},"deadline":"2026-01-01T00:15:00Z"}`
)

// Commit is one transaction of the floor, with two SKUs.
func Commit(ctx context.Context, db *sqldb.DB, skus []string) error {
	order, event, now := id.New(), id.New(), time.Now().UnixMicro()
	number := order.String()[24:]
	return sqldb.InTx(ctx, db, func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(ctx, insertOrder, order, number, 1, "pending_payment", "EUR", 4200, "kim@example.com", []byte(address), now); err != nil {
			return fmt.Errorf("order: %w", err)
		}
		if _, err := tx.Exec(ctx, insertLines, order, 1, skus[0], "A mug", 1, 2100, order, 2, skus[1], "A bowl", 1, 2100); err != nil {
			return fmt.Errorf("lines: %w", err)
		}
		if _, err := tx.Exec(ctx, insertEvent, event, "order", order, 1, "order.placed", 1, headers, []byte(payload), now); err != nil {
			return fmt.Errorf("outbox: %w", err)
		}
		return nil
	})
}
