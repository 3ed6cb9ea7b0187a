package chaos_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Rows leave the outbox when all have heard them. A trigger keeps what was published, in the transaction
// that published it, so that afterwards nothing has to be believed.
const (
	createPublished = `CREATE TABLE chaos_published (event_id BINARY(16) NOT NULL PRIMARY KEY, type VARCHAR(128) NOT NULL,
		agg_type VARCHAR(64) NOT NULL, agg_id BINARY(16) NOT NULL, agg_seq BIGINT NOT NULL)`
	createTrigger = `CREATE TRIGGER chaos_record AFTER INSERT ON bus_outbox FOR EACH ROW %begin%
		INSERT INTO chaos_published VALUES (NEW.event_id, NEW.type, NEW.agg_type, NEW.agg_id, NEW.agg_seq)%end%`
)

// record makes a module's schema remember what is published in it. Nobody uses it yet.
func (g *ground) record(t *testing.T, module string) {
	t.Helper()
	begin, end := "", ""
	db, err := g.connect(module)
	if folder, ok := strings.CutPrefix(g.direct, "sqlite:"); ok {
		begin, end = "BEGIN", "; END"
		db, err = sql.Open("sqlite", "file:"+filepath.Join(folder, module+".db"))
	}
	require.NoError(t, err)
	defer db.Close()
	for _, query := range []string{createPublished, strings.NewReplacer("%begin%", begin, "%end%", end).Replace(createTrigger)} {
		_, err := db.ExecContext(t.Context(), query)
		require.NoError(t, err)
	}
}

// requireHeardOnce: of each event that was published, each consumer who has asked for it has an inbox row;
// no inbox has any other; and no aggregate has a gap. It answers how many events there were.
func (s *shop) requireHeardOnce(t *testing.T) (published int64) {
	t.Helper()
	due := map[string]map[string]bool{}
	for module, db := range s.dbs {
		require.Zero(t, sum(t, db, `SELECT COUNT(*) FROM (SELECT 1 AS gap FROM chaos_published
			GROUP BY agg_type, agg_id HAVING MAX(agg_seq) <> COUNT(*)) AS gaps`), "aggregates of %s with gaps", module)
		published += sum(t, db, "SELECT COUNT(*) FROM chaos_published")
		pairs(t, db, "SELECT s.consumer, p.event_id FROM chaos_published p JOIN bus_subscription s ON s.type = p.type", func(consumer, event string) {
			if due[consumer] == nil {
				due[consumer] = map[string]bool{}
			}
			due[consumer][event] = true
		})
	}
	for module, db := range s.dbs {
		pairs(t, db, "SELECT c.name, i.event_id FROM bus_inbox i JOIN bus_consumer c ON c.id = i.consumer", func(consumer, event string) {
			require.True(t, due[consumer][event], "%s has heard in %s what was never published", consumer, module)
			delete(due[consumer], event)
		})
	}
	for consumer, events := range due {
		require.Empty(t, events, "what %s has not heard", consumer)
	}
	return published
}

func pairs(t *testing.T, db *sql.DB, query string, see func(a, b string)) {
	t.Helper()
	rows, err := db.QueryContext(context.WithoutCancel(t.Context()), query)
	require.NoError(t, err)
	defer func() { require.NoError(t, errors.Join(rows.Err(), rows.Close())) }()
	for rows.Next() {
		var a string
		var b []byte
		require.NoError(t, rows.Scan(&a, &b))
		see(a, string(b))
	}
}
