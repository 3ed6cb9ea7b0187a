package store

import (
	"context"
	"fmt"

	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Drift is a SKU whose stock differs from what the records say.
type Drift struct {
	SKU               string `db:"sku"`
	OnHand            int64  `db:"on_hand"`
	Held              int64  `db:"held"`
	Allocated         int64  `db:"allocated"`
	RecordedOnHand    int64  `db:"recorded_on_hand"`   // sum of the movements
	RecordedHeld      int64  `db:"recorded_held"`      // open pieces of promises in that state
	RecordedAllocated int64  `db:"recorded_allocated"` // likewise
}

// One statement, so that all of it is of one moment.
const selectDrift = `SELECT sku, on_hand, held, allocated, recorded_on_hand, recorded_held, recorded_allocated FROM (
	SELECT s.sku, s.on_hand, s.held, s.allocated,
		COALESCE((SELECT SUM(m.quantity) FROM stock_movement m
			WHERE m.sku = s.sku AND m.location = s.location), 0) AS recorded_on_hand,
		COALESCE(p.held, 0) AS recorded_held, COALESCE(p.allocated, 0) AS recorded_allocated
	FROM stock s LEFT JOIN (
		SELECT r.sku, r.location,
			SUM(CASE r.state WHEN 'held' THEN r.quantity - r.shipped ELSE 0 END) AS held,
			SUM(CASE r.state WHEN 'allocated' THEN r.quantity - r.shipped ELSE 0 END) AS allocated
		FROM reservation r WHERE r.state IN ('held', 'allocated') GROUP BY r.sku, r.location
	) p ON p.sku = s.sku AND p.location = s.location
) x WHERE on_hand <> recorded_on_hand OR held <> recorded_held OR allocated <> recorded_allocated
ORDER BY sku`

// FindDrift compares all stock with movements and promises.
func FindDrift(ctx context.Context, db *sqldb.DB) ([]Drift, error) {
	var drift []Drift
	if err := db.Select(ctx, &drift, selectDrift); err != nil {
		return nil, fmt.Errorf("compare stock: %w", err)
	}
	return drift, nil
}
