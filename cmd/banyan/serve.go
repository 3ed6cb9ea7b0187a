package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/fx"

	"github.com/banyan-commerce/banyan/cmd/internal/assembly"
	"github.com/banyan-commerce/banyan/platform/config"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/telemetry"
)

func newServe(p *program) *cobra.Command {
	var modules []string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the shop",
		Long: "Run the shop, or some modules of it. Without settings it keeps its data in SQLite files under ./data, which it makes.\n" +
			"The first SIGINT or SIGTERM lets requests under way finish (BANYAN_DRAIN), the second ends it at once.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if len(modules) > 0 {
				p.environ = append(p.environ, "BANYAN_MODULES="+strings.Join(modules, ",")) // of two values the last one counts
			}
			c, err := p.config()
			if err != nil {
				return err
			}
			tune(p.environ, c)
			err = p.serve(cmd.Context(), c)
			if errors.Is(err, sqldb.ErrLocked) {
				err = fmt.Errorf("%w\n%s", err, oneWriter)
			}
			return err
		},
	}
	cmd.Flags().StringSliceVar(&modules, "modules", nil, "host only these modules (BANYAN_MODULES)")
	return cmd
}

// oneWriter is said to whoever starts a second process on the same SQLite files.
const oneWriter = `A SQLite file has one writing process. Processes that host different modules (--modules) can share a folder;
a module that is in two processes, as with a share of its requests, needs MySQL: BANYAN_DB=mysql://..., or BANYAN_DB_<MODULE>.`

const (
	startLimit = time.Minute
	// stopLimit comes on top of the drain: a provider call under way takes at most 25 s.
	stopLimit = 30 * time.Second
)

// serve runs the shop until ctx ends or the server fails.
func (p *program) serve(ctx context.Context, c config.Config) error {
	log := telemetry.NewLog(p.stderr, c.Log.Level, c.Log.Format)
	tokens, err := c.Tokens()
	if err != nil {
		return err
	}
	if c.Migrate {
		err := assembly.Migrate(ctx, c, func(module string, applied int) {
			log.DebugContext(ctx, "migrated", slog.String("module", module), slog.Int("applied", applied))
		})
		if err != nil {
			return err
		}
	}
	stop, err := serveProfiles(ctx, c.DebugAddr)
	if err != nil {
		return fmt.Errorf("BANYAN_DEBUG_ADDR: %w", err)
	}
	defer stop()
	var at assembly.Running
	app := fx.New(assembly.Graph(assembly.Setup{Config: c, Tokens: tokens, Log: log, Version: version()}, &at), fx.StartTimeout(startLimit), fx.StopTimeout(c.Drain+stopLimit))
	if err := start(ctx, app); err != nil {
		return err
	}
	p.greet(ctx, c, tokens, at)
	return p.untilDone(ctx, app, at, log)
}

func start(ctx context.Context, app *fx.App) error {
	if err := app.Err(); err != nil {
		return fmt.Errorf("put the shop together: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, app.StartTimeout())
	defer cancel()
	if err := app.Start(ctx); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	return nil
}

func (p *program) untilDone(ctx context.Context, app *fx.App, at assembly.Running, log *slog.Logger) error {
	var failure error
	select {
	case <-ctx.Done():
		log.InfoContext(ctx, "stopping: requests under way are finished; a second signal ends them")
	case failure = <-at.Server.Failed():
	case failure = <-at.Calls.Failed():
	}
	stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), app.StopTimeout())
	defer cancel()
	if err := app.Stop(stopCtx); err != nil {
		return errors.Join(failure, fmt.Errorf("stop: %w", err))
	}
	log.InfoContext(stopCtx, "stopped")
	return failure
}
