package assembly

import (
	"context"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/fx"

	"github.com/banyan-commerce/banyan/platform/broker/jetstream"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/config"
)

// newDeployment says which modules are here, and how events reach the others. A broker that is set is used
// by a process that hosts all modules, too: it takes what was on its way when they came back.
func newDeployment(lc fx.Lifecycle, setup Setup, log *slog.Logger, registry prometheus.Registerer) (bus.Deployment, error) {
	c := setup.Config
	to := bus.Deployment{Keep: c.BrokerKeep}
	for _, m := range here(c) {
		to.Hosted = append(to.Hosted, m.Name)
	}
	if c.Broker == "" {
		return to, nil
	}
	broker, err := jetstream.New(brokerConfig(c, log, registry))
	if err != nil {
		return to, err
	}
	lc.Append(fx.StartHook(func(ctx context.Context) error { return broker.Check(ctx, ModuleNames()) }))
	to.Broker = broker
	return to, nil
}

func brokerConfig(c config.Config, log *slog.Logger, registry prometheus.Registerer) jetstream.Config {
	return jetstream.Config{
		URL: string(c.Broker), Token: string(c.BrokerToken), CredsFile: c.BrokerCreds,
		CAFile: c.BrokerCA, CertFile: c.BrokerCert, KeyFile: c.BrokerKey, Log: log, Registry: registry,
	}
}
