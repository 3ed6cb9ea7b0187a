package store

import (
	"context"
	"fmt"
	"time"

	"github.com/banyan-commerce/banyan/modules/shipping"
	"github.com/banyan-commerce/banyan/modules/shipping/internal/core"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const insertTracking = `INSERT INTO tracking_event
	(carrier, tracking_number, code, occurred_at, shipment_id, recorded_at) VALUES (?, ?, ?, ?, ?, ?)`

// InsertTracking appends what was told of a shipment. sqldb.IsDuplicate tells that it is known.
func InsertTracking(ctx context.Context, tx *sqldb.Tx, shipmentID shipping.ID, t core.Tracking, now time.Time) error {
	_, err := tx.Exec(ctx, insertTracking, t.Carrier, t.TrackingNumber, t.Code, t.OccurredAt.UnixMicro(), shipmentID, now.UnixMicro())
	if err != nil {
		return fmt.Errorf("add to the tracking of shipment %s: %w", shipmentID, err)
	}
	return nil
}

const selectOwner = `SELECT shipment_id FROM tracking_event
	WHERE carrier = ? AND tracking_number = ? AND code = ? AND occurred_at = ?`

// TrackingOwner is the shipment of which an event was told.
func TrackingOwner(ctx context.Context, tx *sqldb.Tx, t core.Tracking) (shipping.ID, error) {
	var owner id.UUID
	err := tx.Get(ctx, &owner, selectOwner, t.Carrier, t.TrackingNumber, t.Code, t.OccurredAt.UnixMicro())
	if err != nil {
		return shipping.ID{}, fmt.Errorf("find the shipment of a tracking event: %w", err)
	}
	return shipping.ID{UUID: owner}, nil
}

type trackingRow struct {
	Carrier        string  `db:"carrier"`
	TrackingNumber string  `db:"tracking_number"`
	Code           string  `db:"code"`
	OccurredAt     int64   `db:"occurred_at"`
	ShipmentID     id.UUID `db:"shipment_id"`
}

const selectTracking = `SELECT carrier, tracking_number, code, occurred_at, shipment_id FROM tracking_event
	WHERE shipment_id IN (?) ORDER BY occurred_at, recorded_at, code`

// Trackings reads what was told of shipments, in the order in which it happened. An event that names
// no carrier has none here, whatever stands for it in its key.
func Trackings(ctx context.Context, db *sqldb.DB, shipmentIDs ...shipping.ID) (map[shipping.ID][]core.Tracking, error) {
	byShipment := make(map[shipping.ID][]core.Tracking, len(shipmentIDs))
	if len(shipmentIDs) == 0 {
		return byShipment, nil
	}
	var rows []trackingRow
	if err := db.SelectIn(ctx, &rows, selectTracking, shipmentIDs); err != nil {
		return nil, fmt.Errorf("read tracking of shipments: %w", err)
	}
	for _, r := range rows {
		owner := shipping.ID{UUID: r.ShipmentID}
		t := core.Tracking{Code: core.Status(r.Code), OccurredAt: time.UnixMicro(r.OccurredAt).UTC()}
		if r.Carrier != "" {
			t.Carrier, t.TrackingNumber = r.Carrier, r.TrackingNumber
		}
		byShipment[owner] = append(byShipment[owner], t)
	}
	return byShipment, nil
}
