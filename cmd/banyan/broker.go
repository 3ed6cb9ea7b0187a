package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/banyan-commerce/banyan/platform/broker/natsd"
	"github.com/banyan-commerce/banyan/platform/telemetry"
)

func newBroker(p *program) *cobra.Command {
	return &cobra.Command{
		Use:   "broker",
		Short: "Run a message broker, for modules in different processes",
		Long: "Run a message broker (NATS with JetStream), for modules in different processes, until SIGINT or SIGTERM.\n" +
			"It listens on BANYAN_BROKER_ADDR and keeps events in BANYAN_BROKER_STORE, on the disk before it confirms\n" +
			"them: with it, BANYAN_BROKER_KEEP may be 0. On other addresses than loopback it demands BANYAN_BROKER_TOKEN,\n" +
			"or certificates of its clients (BANYAN_BROKER_CERT, _KEY, _CA).",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := p.config()
			if err != nil {
				return err
			}
			s, err := natsd.Start(natsd.Options{
				Addr: c.BrokerAddr, Store: c.BrokerStore, Token: string(c.BrokerToken),
				CertFile: c.BrokerCert, KeyFile: c.BrokerKey, CAFile: c.BrokerCA,
				Log: telemetry.NewLog(p.stderr, c.Log.Level, c.Log.Format),
			})
			if err != nil {
				return err
			}
			defer s.Stop()
			fmt.Fprintf(p.stdout, "BANYAN_BROKER=%s\n", s.URL())
			<-cmd.Context().Done()
			return nil
		},
	}
}
