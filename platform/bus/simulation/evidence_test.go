package simulation_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/bus/simulation"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// tables are what each schema has besides those of the bus.
func tables(e sqldb.Engine) []string {
	number := "INTEGER PRIMARY KEY AUTOINCREMENT"
	if e == sqldb.MySQL {
		number = "BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY"
	}
	return []string{
		"CREATE TABLE paper (agg_type VARCHAR(64) NOT NULL, agg_id BINARY(16) NOT NULL, version BIGINT NOT NULL, PRIMARY KEY (agg_type, agg_id))",
		"CREATE TABLE stated (agg_type VARCHAR(64) NOT NULL, agg_id BINARY(16) NOT NULL, agg_seq BIGINT NOT NULL, type VARCHAR(128) NOT NULL)",
		"CREATE TABLE intent (id BINARY(16) NOT NULL PRIMARY KEY, try BIGINT NOT NULL)",
		"CREATE TABLE effect (n " + number + ", agg_type VARCHAR(64) NOT NULL, agg_id BINARY(16) NOT NULL, agg_seq BIGINT NOT NULL, type VARCHAR(128) NOT NULL)",
	}
}

func tableNames() []string { return []string{"paper", "stated", "intent", "effect"} }

// papers gives the schemas their tables, and the publishers their aggregates.
func papers(t *testing.T, dbs map[string]*sqldb.DB, sheets, plates []id.UUID) {
	t.Helper()
	ctx := t.Context()
	aggregates := map[string][]simulation.Aggregate{}
	for _, about := range sheets {
		aggregates["desk"] = append(aggregates["desk"], simulation.Aggregate{Type: sheet, ID: about})
		aggregates["clerk"] = append(aggregates["clerk"], simulation.Aggregate{Type: folder, ID: about})
	}
	for _, about := range plates {
		aggregates["press"] = append(aggregates["press"], simulation.Aggregate{Type: plate, ID: about})
	}
	for name, db := range dbs {
		require.NoError(t, sqldb.InTx(ctx, db, func(tx *sqldb.Tx) error {
			for _, create := range tables(db.Engine()) {
				if _, err := tx.Exec(ctx, create); err != nil {
					return err
				}
			}
			for _, of := range aggregates[name] {
				if _, err := tx.Exec(ctx, "INSERT INTO paper (agg_type, agg_id, version) VALUES (?, ?, 0)", of.Type, of.ID); err != nil {
					return err
				}
			}
			return nil
		}))
	}
}

type eventRow struct {
	AggType string  `db:"agg_type"`
	AggID   id.UUID `db:"agg_id"`
	AggSeq  int64   `db:"agg_seq"`
	Type    string  `db:"type"`
	State   string  `db:"state"`
}

func (r eventRow) event() simulation.Event {
	return simulation.Event{Of: simulation.Aggregate{Type: r.AggType, ID: r.AggID}, Version: r.AggSeq, Type: r.Type}
}

const (
	selectStated  = "SELECT agg_type, agg_id, agg_seq, type FROM stated"
	selectPending = "SELECT agg_type, agg_id, agg_seq, type FROM bus_outbox ORDER BY pos"
	selectEffects = "SELECT agg_type, agg_id, agg_seq, type FROM effect ORDER BY n"
	selectHeld    = "SELECT agg_type, agg_id, agg_seq, type, state FROM bus_held ORDER BY id"
	selectIntents = "SELECT id, try FROM intent"
)

// evidence reads what the databases say.
func evidence(ctx context.Context, t *testing.T, dbs map[string]*sqldb.DB) simulation.Evidence {
	t.Helper()
	e := simulation.Evidence{
		Heard: heard(), Effects: map[string][]simulation.Event{}, Held: map[string][]simulation.Held{},
	}
	for name, db := range dbs {
		e.Stated = append(e.Stated, events(ctx, t, db, selectStated)...)
		e.Pending = append(e.Pending, events(ctx, t, db, selectPending)...)
		if e.Heard[name] == nil {
			continue
		}
		e.Effects[name] = events(ctx, t, db, selectEffects)
		for _, row := range rows(ctx, t, db, selectHeld) {
			e.Held[name] = append(e.Held[name], simulation.Held{Event: row.event(), State: row.State})
		}
	}
	return e
}

func events(ctx context.Context, t *testing.T, db *sqldb.DB, query string) []simulation.Event {
	t.Helper()
	var list []simulation.Event
	for _, row := range rows(ctx, t, db, query) {
		list = append(list, row.event())
	}
	return list
}

func rows(ctx context.Context, t *testing.T, db *sqldb.DB, query string) []eventRow {
	t.Helper()
	var rows []eventRow
	require.NoError(t, db.Select(ctx, &rows, query))
	return rows
}

// kept are the tries of intents that the databases have.
func kept(ctx context.Context, t *testing.T, dbs map[string]*sqldb.DB) map[id.UUID]int64 {
	t.Helper()
	tries := map[id.UUID]int64{}
	for _, db := range dbs {
		var rows []struct {
			ID  id.UUID `db:"id"`
			Try int64   `db:"try"`
		}
		require.NoError(t, db.Select(ctx, &rows, selectIntents))
		for _, row := range rows {
			tries[row.ID] = row.Try
		}
	}
	return tries
}
