package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/money"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

type paymentRow struct {
	ID        id.UUID           `db:"payment_id"`
	OrderID   order.ID          `db:"order_id"`
	Method    string            `db:"method"`
	State     core.PaymentState `db:"state"`
	Currency  money.Currency    `db:"currency"`
	Amount    int64             `db:"amount"`
	Code      string            `db:"code"`
	Reason    string            `db:"reason"`
	UpdatedAt int64             `db:"updated_at"`
}

func (r paymentRow) payment() core.Payment {
	return core.Payment{
		ID: r.ID, OrderID: r.OrderID, Method: r.Method, State: r.State,
		Amount: money.Money{Amount: r.Amount, Currency: r.Currency},
		Code:   r.Code, Reason: r.Reason, UpdatedAt: moment(r.UpdatedAt),
	}
}

const paymentColumns = "payment_id, order_id, method, state, currency, amount, code, reason, updated_at"

const insertPayments = "INSERT INTO order_payment (" + paymentColumns + ") VALUES "

// SavePayments keeps the latest that was heard of different payments. Events of one payment come in
// their order.
func SavePayments(ctx context.Context, tx *sqldb.Tx, payments []core.Payment) error {
	var args []any
	for _, p := range payments {
		args = append(args, p.ID, p.OrderID, clip(p.Method, 32), p.State, p.Amount.Currency, p.Amount.Amount,
			clip(p.Code, 64), clip(p.Reason, 500), p.UpdatedAt.UnixMicro())
	}
	query := insertPayments + sqldb.Placeholders(len(payments), 9) + tx.Engine().OnDuplicate([]string{"payment_id"},
		"state", "currency", "amount", "code", "reason", "updated_at")
	_, err := tx.Exec(ctx, query, args...)
	return err
}

type shipmentRow struct {
	ID             id.UUID  `db:"shipment_id"`
	OrderID        order.ID `db:"order_id"`
	State          string   `db:"state"`
	Carrier        string   `db:"carrier"`
	TrackingNumber string   `db:"tracking_number"`
	Lines          []byte   `db:"shipped_lines"`
	UpdatedAt      int64    `db:"updated_at"`
}

func (r shipmentRow) shipment() (core.Shipment, error) {
	s := core.Shipment{
		ID: r.ID, OrderID: r.OrderID, State: r.State, Carrier: r.Carrier, TrackingNumber: r.TrackingNumber,
		UpdatedAt: moment(r.UpdatedAt),
	}
	if err := json.Unmarshal(r.Lines, &s.Lines); err != nil {
		return core.Shipment{}, fmt.Errorf("lines of shipment %s: %w", r.ID, err)
	}
	return s, nil
}

const shipmentColumns = "shipment_id, order_id, state, carrier, tracking_number, shipped_lines, updated_at"

const insertShipments = "INSERT INTO order_shipment (" + shipmentColumns + ") VALUES "

// SaveShipments keeps the latest that was heard of different shipments. Lines, carrier and tracking
// number are overwritten only by a fact that tells them; those that tell as much share a statement.
func SaveShipments(ctx context.Context, tx *sqldb.Tx, shipments []core.Shipment) error {
	for _, alike := range grouped(shipments, detailsOf) {
		if err := saveShipments(ctx, tx, detailsOf(alike[0]), alike); err != nil {
			return err
		}
	}
	return nil
}

// details are what a fact tells of a shipment besides its state.
type details struct{ lines, tracking bool }

func detailsOf(s core.Shipment) details {
	return details{lines: s.Lines != nil, tracking: s.Carrier != "" || s.TrackingNumber != ""}
}

func saveShipments(ctx context.Context, tx *sqldb.Tx, d details, shipments []core.Shipment) error {
	columns := []string{"state", "updated_at"}
	if d.lines {
		columns = append(columns, "shipped_lines")
	}
	if d.tracking {
		columns = append(columns, "carrier", "tracking_number")
	}
	var args []any
	for _, s := range shipments {
		lines, err := json.Marshal(append([]core.ShippedLine{}, s.Lines...))
		if err != nil {
			return err
		}
		args = append(args, s.ID, s.OrderID, clip(s.State, 32), clip(s.Carrier, 100), clip(s.TrackingNumber, 100),
			lines, s.UpdatedAt.UnixMicro())
	}
	query := insertShipments + sqldb.Placeholders(len(shipments), 7) + tx.Engine().OnDuplicate([]string{"shipment_id"}, columns...)
	_, err := tx.Exec(ctx, query, args...)
	return err
}

const selectShipments = "SELECT " + shipmentColumns + " FROM order_shipment WHERE order_id IN (?) ORDER BY order_id, shipment_id"

// reader is the database, or the transaction that locks an order.
type reader interface {
	SelectIn(ctx context.Context, dst any, query string, args ...any) error
}

// ShipmentsOf reads what is known of the shipments of orders.
func ShipmentsOf(ctx context.Context, from reader, orders ...order.ID) (map[order.ID][]core.Shipment, error) {
	var rows []shipmentRow
	if err := from.SelectIn(ctx, &rows, selectShipments, orders); err != nil {
		return nil, err
	}
	byOrder := make(map[order.ID][]core.Shipment, len(orders))
	for _, row := range rows {
		s, err := row.shipment()
		if err != nil {
			return nil, err
		}
		byOrder[row.OrderID] = append(byOrder[row.OrderID], s)
	}
	return byOrder, nil
}
