// Package store reads and writes shipments and what was told of them.
package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/banyan-commerce/banyan/modules/shipping"
	"github.com/banyan-commerce/banyan/modules/shipping/internal/core"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

type row struct {
	ID             id.UUID `db:"id"`
	OrderID        id.UUID `db:"order_id"`
	OrderNumber    string  `db:"order_number"`
	Version        int64   `db:"version"`
	Status         string  `db:"status"`
	ShipTo         string  `db:"ship_to"`
	Contents       string  `db:"contents"`
	Carrier        string  `db:"carrier"`
	TrackingNumber string  `db:"tracking_number"`
	CreatedAt      int64   `db:"created_at"`
	UpdatedAt      int64   `db:"updated_at"`
}

// addressText is the form of core.Address in the column ship_to.
type addressText struct {
	Name       string `json:"name"`
	Line1      string `json:"line1"`
	Line2      string `json:"line2,omitempty"`
	City       string `json:"city"`
	Region     string `json:"region,omitempty"`
	PostalCode string `json:"postal_code"`
	Country    string `json:"country"`
}

// lineText is the form of core.Line in the column contents.
type lineText struct {
	SKU      string `json:"sku"`
	Name     string `json:"name"`
	Quantity int64  `json:"quantity"`
}

func (r row) shipment() (core.Shipment, error) {
	var to addressText
	if err := json.Unmarshal([]byte(r.ShipTo), &to); err != nil {
		return core.Shipment{}, fmt.Errorf("address of shipment %s: %w", r.ID, err)
	}
	var texts []lineText
	if err := json.Unmarshal([]byte(r.Contents), &texts); err != nil {
		return core.Shipment{}, fmt.Errorf("contents of shipment %s: %w", r.ID, err)
	}
	lines := make([]core.Line, len(texts))
	for i, l := range texts {
		lines[i] = core.Line(l)
	}
	return core.Shipment{
		ID: shipping.ID{UUID: r.ID}, OrderID: r.OrderID, OrderNumber: r.OrderNumber, Version: r.Version,
		Status: core.Status(r.Status), ShipTo: core.Address(to), Lines: lines, Carrier: r.Carrier, TrackingNumber: r.TrackingNumber,
		CreatedAt: time.UnixMicro(r.CreatedAt).UTC(), UpdatedAt: time.UnixMicro(r.UpdatedAt).UTC(),
	}, nil
}

const insertShipments = `INSERT INTO shipment (` + columns + `) VALUES `

// Insert writes new shipments, all or none. sqldb.IsDuplicate tells that one of their orders has one.
func Insert(ctx context.Context, tx *sqldb.Tx, shipments []core.Shipment) error {
	var args []any
	for _, s := range shipments {
		values, err := valuesOf(s)
		if err != nil {
			return fmt.Errorf("insert shipment %s: %w", s.ID, err)
		}
		args = append(args, values...)
	}
	_, err := tx.Exec(ctx, insertShipments+sqldb.Placeholders(len(shipments), len(args)/len(shipments)), args...)
	if err != nil {
		return fmt.Errorf("insert %d shipments: %w", len(shipments), err)
	}
	return nil
}

func valuesOf(s core.Shipment) ([]any, error) {
	to, err := json.Marshal(addressText(s.ShipTo))
	if err != nil {
		return nil, err
	}
	contents, err := json.Marshal(lineTexts(s.Lines))
	if err != nil {
		return nil, err
	}
	return []any{
		s.ID, s.OrderID, s.OrderNumber, s.Version, s.Status, string(to), string(contents),
		s.Carrier, s.TrackingNumber, s.CreatedAt.UnixMicro(), s.UpdatedAt.UnixMicro(),
	}, nil
}

func lineTexts(lines []core.Line) []lineText {
	texts := make([]lineText, len(lines))
	for i, l := range lines {
		texts[i] = lineText(l)
	}
	return texts
}

const updateShipment = `UPDATE shipment
	SET version = ?, status = ?, carrier = ?, tracking_number = ?, updated_at = ?
	WHERE id = ? AND version = ? AND status = ?`

// Update writes next over before, and answers false if the shipment is not as it was read.
func Update(ctx context.Context, tx *sqldb.Tx, before, next core.Shipment) (bool, error) {
	n, err := tx.ExecCount(ctx, updateShipment,
		next.Version, next.Status, next.Carrier, next.TrackingNumber, next.UpdatedAt.UnixMicro(),
		before.ID, before.Version, before.Status)
	if err != nil {
		return false, fmt.Errorf("update shipment %s: %w", before.ID, err)
	}
	return n == 1, nil
}

const columns = `id, order_id, order_number, version, status, ship_to, contents, carrier,
	tracking_number, created_at, updated_at`

const (
	lockShipment = `SELECT ` + columns + ` FROM shipment WHERE id = ? FOR UPDATE`
	lockOfOrder  = `SELECT ` + columns + ` FROM shipment WHERE order_id = ? FOR UPDATE`
	readShipment = `SELECT ` + columns + ` FROM shipment WHERE id = ?`
)

// Lock reads and locks a shipment. It returns shipping.ErrNotFound.
func Lock(ctx context.Context, tx *sqldb.Tx, shipmentID shipping.ID) (core.Shipment, error) {
	return one(ctx, tx, lockShipment, shipmentID)
}

// LockOfOrder reads and locks the shipment of an order. It returns shipping.ErrNotFound.
func LockOfOrder(ctx context.Context, tx *sqldb.Tx, orderID id.UUID) (core.Shipment, error) {
	return one(ctx, tx, lockOfOrder, orderID)
}

// Get reads a shipment. It returns shipping.ErrNotFound.
func Get(ctx context.Context, db *sqldb.DB, shipmentID shipping.ID) (core.Shipment, error) {
	return one(ctx, db, readShipment, shipmentID)
}

// reader is a database or a transaction.
type reader interface {
	Get(ctx context.Context, dst any, query string, args ...any) error
}

func one(ctx context.Context, from reader, query string, key any) (core.Shipment, error) {
	var r row
	err := from.Get(ctx, &r, query, key)
	if sqldb.IsNoRows(err) {
		return core.Shipment{}, shipping.ErrNotFound
	}
	if err != nil {
		return core.Shipment{}, fmt.Errorf("read shipment: %w", err)
	}
	return r.shipment()
}
