package store

import (
	"context"
	"fmt"

	"github.com/banyan-commerce/banyan/modules/shipping"
	"github.com/banyan-commerce/banyan/modules/shipping/internal/core"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const insertLine = `INSERT INTO shipment_line (shipment_id, line_no, sku, name, quantity) VALUES `

func insertLines(ctx context.Context, tx *sqldb.Tx, s core.Shipment) error {
	if len(s.Lines) == 0 {
		return nil
	}
	args := make([]any, 0, len(s.Lines)*5)
	for i, l := range s.Lines {
		args = append(args, s.ID, i+1, l.SKU, l.Name, l.Quantity)
	}
	if _, err := tx.Exec(ctx, insertLine+sqldb.Placeholders(len(s.Lines), 5), args...); err != nil {
		return fmt.Errorf("insert lines of shipment %s: %w", s.ID, err)
	}
	return nil
}

type lineRow struct {
	ShipmentID id.UUID `db:"shipment_id"`
	SKU        string  `db:"sku"`
	Name       string  `db:"name"`
	Quantity   int64   `db:"quantity"`
}

const selectLines = `SELECT shipment_id, sku, name, quantity FROM shipment_line
	WHERE shipment_id IN (?) ORDER BY shipment_id, line_no`

func lines(ctx context.Context, from reader, shipmentIDs []shipping.ID) (map[shipping.ID][]core.Line, error) {
	byShipment := make(map[shipping.ID][]core.Line, len(shipmentIDs))
	if len(shipmentIDs) == 0 {
		return byShipment, nil
	}
	var rows []lineRow
	if err := from.SelectIn(ctx, &rows, selectLines, shipmentIDs); err != nil {
		return nil, fmt.Errorf("read lines of shipments: %w", err)
	}
	for _, r := range rows {
		owner := shipping.ID{UUID: r.ShipmentID}
		byShipment[owner] = append(byShipment[owner], core.Line{SKU: r.SKU, Name: r.Name, Quantity: r.Quantity})
	}
	return byShipment, nil
}

func withLines(ctx context.Context, from reader, s core.Shipment) (core.Shipment, error) {
	byShipment, err := lines(ctx, from, []shipping.ID{s.ID})
	s.Lines = byShipment[s.ID]
	return s, err
}
