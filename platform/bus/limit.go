package bus

import (
	"context"
	"fmt"

	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Backlog is how much waits in the outbox of a schema.
type Backlog struct {
	Events int64
	Bytes  int64 // on disk, about
}

// rowBytes is what an outbox row takes besides its payload: its other columns, two more indexes, and
// pages that are not full. A test compares with the size of a file.
const rowBytes = 250

// The size of the file or table would not do: a SQLite file keeps its size when rows are deleted, and
// holds the module's own tables as well; MySQL 8 answers sizes that may be a day old.
const selectBacklog = `SELECT COUNT(*) AS events, COALESCE((SELECT AVG(LENGTH(payload)) FROM (
	SELECT payload FROM bus_outbox ORDER BY pos DESC LIMIT 100) AS newest), 0) AS payload FROM bus_outbox`

// ReadBacklog reads how much waits in a schema. It takes the database the time to count all of it.
func ReadBacklog(ctx context.Context, db *sqldb.DB) (Backlog, error) {
	var row struct {
		Events  int64   `db:"events"`
		Payload float64 `db:"payload"`
	}
	if err := db.Get(ctx, &row, selectBacklog); err != nil {
		return Backlog{}, fmt.Errorf("read backlog of %s: %w", db.Module(), err)
	}
	return Backlog{Events: row.Events, Bytes: row.Events * (int64(row.Payload) + rowBytes)}, nil
}
