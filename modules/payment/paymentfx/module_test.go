package paymentfx_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
	"go.uber.org/fx/fxtest"

	"github.com/banyan-commerce/banyan/modules/payment/paymentfx"
	"github.com/banyan-commerce/banyan/platform/access"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/task"
	"github.com/banyan-commerce/banyan/platform/web"
)

type gathered struct {
	fx.In

	Routes        []web.Routes       `group:"routes"`
	Subscriptions []bus.Subscription `group:"subscriptions"`
	Runners       []*task.Runner     `group:"runners"`
}

// A value group that is provided beside fx.Private vanishes without an error.
func TestTheModuleGivesItsRoutesSubscriptionAndRunner(t *testing.T) {
	t.Parallel()
	var all gathered
	application := fxtest.New(t, paymentfx.Module(),
		fx.NopLogger,
		fx.Supply(
			paymentfx.Config{}, slog.New(slog.DiscardHandler), access.NewKeys("an operator's token", []byte("a secret of the server")),
			dbtest.Only(t, sqldb.SQLite).DB(t, "payment"),
			fx.Annotate(prometheus.NewRegistry(), fx.As(new(prometheus.Registerer))),
		),
		fx.Provide(func() func() time.Time { return time.Now }, bus.New),
		fx.Populate(&all),
	)
	application.RequireStart().RequireStop()
	require.Len(t, all.Routes, 1)
	require.Len(t, all.Subscriptions, 1)
	require.Len(t, all.Runners, 1)
}
