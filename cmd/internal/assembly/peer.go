package assembly

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/fx"

	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/config"
	"github.com/banyan-commerce/banyan/platform/remote"
	"github.com/banyan-commerce/banyan/platform/route"
	"github.com/banyan-commerce/banyan/platform/web"
)

// newPeers is how modules are called that other processes host.
func newPeers(lc fx.Lifecycle, setup Setup, m *boundary.Meter, table *route.Table, registry prometheus.Registerer, log *slog.Logger, now func() time.Time) (*remote.Peers, error) {
	c := setup.Config
	certificates, err := c.PeerTLS()
	if err != nil {
		return nil, err
	}
	peers := remote.NewPeers(remote.PeerOptions{
		Addresses: c.Peers, Secret: string(c.PeerSecret), TLS: certificates, Meter: m, Log: log, Now: now, Table: table,
	})
	lc.Append(fx.StopHook(peers.Close))
	return peers, registry.Register(peers)
}

// inSight tells which other processes can't be reached. That is a fault of their modules: the others' requests
// are served here all the same.
func inSight(c config.Config, table *route.Table, peers *remote.Peers) []web.Check {
	var checks []web.Check
	for _, name := range ModuleNames() {
		checks = append(checks, web.Check{
			Name: "process of " + name, Degrades: true,
			Run: func(ctx context.Context) error { return table.Reach(ctx, name) },
		})
		if called(c, name) {
			checks = append(checks, web.Check{
				Name: "calls of " + name, Degrades: true,
				Run: func(ctx context.Context) error {
					if c.Hosts(name) && !table.Shares(name) {
						return nil
					}
					return peers.Reach(ctx, name)
				},
			})
		}
	}
	return checks
}

// Offered is what modules give to be called by other processes.
type Offered struct {
	fx.In

	Contracts []remote.Served `group:"contracts"`
}

// newPeerServer serves the contracts of the modules that run here.
func newPeerServer(o Offered, setup Setup, log *slog.Logger, now func() time.Time) (*remote.Server, error) {
	certificates, err := setup.Config.PeerTLS()
	return remote.NewServer(remote.ServerOptions{
		Contracts: o.Contracts, Secret: string(setup.Config.PeerSecret), TLS: certificates, Log: log, Now: now,
	}), err
}

// offer lets other processes call, at an address of its own; without one, nobody does. It begins before
// the server and ends after it, because requests there may come back as calls.
func offer(lc fx.Lifecycle, setup Setup, s *remote.Server, out *Running) {
	c := setup.Config
	if c.PeerAddr == "" {
		return
	}
	lc.Append(fx.StartStopHook(
		func(ctx context.Context) (err error) {
			out.Calls = s
			out.CallAddress, err = s.Start(ctx, c.PeerAddr)
			return err
		},
		func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, c.Drain)
			defer cancel()
			return s.Stop(ctx)
		},
	))
}
