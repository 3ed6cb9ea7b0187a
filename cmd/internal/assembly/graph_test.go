package assembly_test

import (
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"github.com/banyan-commerce/banyan/cmd/internal/assembly"
	"github.com/banyan-commerce/banyan/platform/config"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/telemetry"
)

func TestTheGraphIsWhole(t *testing.T) {
	t.Parallel()
	c, err := config.Load([]string{"BANYAN_DB=sqlite:" + t.TempDir()}, assembly.ModuleNames())
	require.NoError(t, err)
	log := telemetry.NewLog(io.Discard, 0, telemetry.JSON)
	require.NoError(t, fx.ValidateApp(assembly.Graph(assembly.Setup{Config: c, Tokens: config.Tokens{Secret: "s", Operator: "o"}, Log: log}, &assembly.Running{})))
}

func TestEveryModuleGivesTheServerItsParts(t *testing.T) {
	t.Parallel()
	c, err := config.Load([]string{"BANYAN_DB=sqlite:" + t.TempDir()}, assembly.ModuleNames())
	require.NoError(t, err)
	log := telemetry.NewLog(io.Discard, 0, telemetry.JSON)
	var w assembly.Working
	var s assembly.Served
	app := fx.New(assembly.Graph(assembly.Setup{Config: c, Tokens: config.Tokens{Secret: "s", Operator: "o"}, Log: log}, &assembly.Running{}), fx.Populate(&w, &s))
	require.NoError(t, app.Err())
	t.Cleanup(func() { require.NoError(t, app.Stop(context.Background())) })
	var hear, serve int
	for _, m := range assembly.Manifests() {
		hear += min(1, len(m.Listens))
		serve += min(1, len(m.Routes))
	}
	require.Len(t, w.Subscriptions, hear)
	require.Len(t, s.Routes, serve)
	require.NotEmpty(t, w.Runners)
	require.Len(t, w.Demos, 1)
}

func TestNobodyButAModuleGetsItsSchema(t *testing.T) {
	t.Parallel()
	c, err := config.Load([]string{"BANYAN_DB=sqlite:" + t.TempDir()}, assembly.ModuleNames())
	require.NoError(t, err)
	log := telemetry.NewLog(io.Discard, 0, telemetry.JSON)
	var db *sqldb.DB
	app := fx.New(assembly.Graph(assembly.Setup{Config: c, Tokens: config.Tokens{Secret: "s", Operator: "o"}, Log: log}, &assembly.Running{}), fx.Populate(&db))
	require.ErrorContains(t, app.Err(), "missing type: *sqldb.DB")
}
