package telemetry_test

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/telemetry"
)

func TestALineCarriesWhatTheContextKnows(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	log := telemetry.NewLog(&out, slog.LevelInfo, telemetry.JSON).With(slog.String("module", "order"))
	outer := telemetry.With(t.Context(), slog.String("request_id", "r1"))
	inner := telemetry.With(outer, slog.String("trace_id", "t1"))
	other := telemetry.With(outer, slog.String("trace_id", "t2"))
	log.InfoContext(inner, "placed")
	log.DebugContext(inner, "not at this level")
	var line map[string]any
	require.NoError(t, json.Unmarshal([]byte(out.String()), &line))
	require.Equal(t, "r1", line["request_id"])
	require.Equal(t, "t1", line["trace_id"], "a sibling's attribute must not overwrite it")
	require.Equal(t, "order", line["module"])

	out.Reset()
	log.InfoContext(other, "placed")
	require.Contains(t, out.String(), `"trace_id":"t2"`)
}

func TestTextIsForATerminal(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	telemetry.NewLog(&out, slog.LevelInfo, telemetry.Text).Info("placed", slog.Int("lines", 2))
	require.Contains(t, out.String(), "msg=placed lines=2")
}

func TestStatementsAreShownByModule(t *testing.T) {
	t.Parallel()
	db, err := sqldb.Open(t.Context(), sqldb.Location{Engine: sqldb.SQLite, Dir: t.TempDir()}, "order", sqldb.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	collector := telemetry.NewSQL()
	registry := prometheus.NewPedanticRegistry()
	require.NoError(t, registry.Register(collector))
	collector.Watch(db)
	before := db.Stats().Statements.Load()
	var one int
	require.NoError(t, db.Get(t.Context(), &one, "SELECT 1"))
	require.Equal(t, before+1, db.Stats().Statements.Load())
	names := []string{
		"banyan_sql_statements_total", "banyan_sql_units_total", "banyan_sql_commits_total",
		"banyan_sql_rollbacks_total", "banyan_sql_retries_total",
	}
	n, err := testutil.GatherAndCount(registry, names...)
	require.NoError(t, err)
	require.Equal(t, len(names), n)
}
