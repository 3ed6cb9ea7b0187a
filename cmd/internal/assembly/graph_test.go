package assembly_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"github.com/banyan-commerce/banyan/cmd/internal/assembly"
	"github.com/banyan-commerce/banyan/platform/config"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/telemetry"
)

// settings are those of a process that hosts what it can, and could call whatever it does not host. This file
// goes along where one module leaves for another repository.
func settings(t *testing.T) config.Config {
	t.Helper()
	var peers []string
	for _, name := range assembly.ModuleNames() {
		peers = append(peers, name+"=http://127.0.0.1:1")
	}
	c, err := assembly.Load([]string{"BANYAN_DB=sqlite:" + t.TempDir(), "BANYAN_PEERS=" + strings.Join(peers, ";")})
	require.NoError(t, err)
	return c
}

func TestTheGraphIsWhole(t *testing.T) {
	t.Parallel()
	c := settings(t)
	log := telemetry.NewLog(io.Discard, 0, telemetry.JSON)
	require.NoError(t, fx.ValidateApp(assembly.Graph(assembly.Setup{Config: c, Tokens: config.Tokens{Secret: "s", Operator: "o"}, Log: log}, &assembly.Running{})))
}

func TestEveryModuleGivesTheServerItsParts(t *testing.T) {
	t.Parallel()
	c := settings(t)
	log := telemetry.NewLog(io.Discard, 0, telemetry.JSON)
	var w assembly.Working
	var s assembly.Served
	app := fx.New(assembly.Graph(assembly.Setup{Config: c, Tokens: config.Tokens{Secret: "s", Operator: "o"}, Log: log}, &assembly.Running{}), fx.Populate(&w, &s))
	require.NoError(t, app.Err())
	t.Cleanup(func() { require.NoError(t, app.Stop(context.Background())) })
	var hear, serve, run, demos int
	for _, m := range assembly.Hosted(c) {
		hear += min(1, len(m.Listens))
		serve += min(1, len(m.Routes))
		switch m.Name {
		case "catalog":
			run, demos = run+1, demos+1
		case "shipping": // has nothing to do later
		default:
			run++
		}
	}
	require.NotZero(t, serve)
	require.Len(t, w.Subscriptions, hear)
	require.Len(t, s.Routes, serve)
	require.Len(t, w.Runners, run)
	require.Len(t, w.Demos, demos)
}

func TestNobodyButAModuleGetsItsSchema(t *testing.T) {
	t.Parallel()
	c := settings(t)
	log := telemetry.NewLog(io.Discard, 0, telemetry.JSON)
	var db *sqldb.DB
	app := fx.New(assembly.Graph(assembly.Setup{Config: c, Tokens: config.Tokens{Secret: "s", Operator: "o"}, Log: log}, &assembly.Running{}), fx.Populate(&db))
	require.ErrorContains(t, app.Err(), "missing type: *sqldb.DB")
}
