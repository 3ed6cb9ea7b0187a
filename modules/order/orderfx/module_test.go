package orderfx_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
	"go.uber.org/fx/fxtest"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/ordertest"
	"github.com/banyan-commerce/banyan/modules/order/orderfx"
	"github.com/banyan-commerce/banyan/platform/access"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/task"
	"github.com/banyan-commerce/banyan/platform/web"
)

// found is what the program collects from modules. In fx a value group that is provided beside
// something private vanishes silently.
type found struct {
	fx.In

	Routes        []web.Routes       `group:"routes"`
	Subscriptions []bus.Subscription `group:"subscriptions"`
	Runners       []*task.Runner     `group:"runners"`
}

func TestTheModuleGivesItsRoutesItsSubscriptionAndItsRunner(t *testing.T) {
	t.Parallel()
	var f found
	program := fxtest.New(
		t, fx.NopLogger, orderfx.Module(),
		fx.Supply(
			orderfx.Config{Hold: time.Minute}, slog.New(slog.DiscardHandler), dbtest.Only(t, sqldb.SQLite).DB(t, "order"),
			access.NewKeys(ordertest.OperatorToken, []byte("a secret of the tests")),
			fx.Annotate(ordertest.NewCatalog(), fx.As(new(catalog.Service))),
		),
		fx.Provide(
			func() func() time.Time { return time.Now },
			func(log *slog.Logger, now func() time.Time) *bus.Bus {
				return bus.New(log, now, prometheus.NewRegistry())
			},
		),
		fx.Populate(&f),
	)
	program.RequireStart()
	defer program.RequireStop()
	require.Len(t, f.Routes, 1)
	require.Len(t, f.Runners, 1)
	require.Len(t, f.Subscriptions, 1)
	var heard []string
	for _, h := range f.Subscriptions[0].Handlers {
		heard = append(heard, h.Type.Name)
	}
	require.ElementsMatch(t, order.Manifest().Listens, heard)
}
