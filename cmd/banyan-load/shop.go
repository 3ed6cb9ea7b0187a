package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"

	"go.uber.org/fx"

	"github.com/banyan-commerce/banyan/cmd/internal/assembly"
	"github.com/banyan-commerce/banyan/platform/config"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// shop is the whole shop in this process, the same graph as the server's, with its statements in view.
type shop struct {
	url string
	app *fx.App
}

// startShop runs a shop on a migrated database.
func startShop(ctx context.Context, db string, observe func(sqldb.Statement), log *slog.Logger) (*shop, error) {
	c, err := config.Load([]string{"BANYAN_DB=" + db, "BANYAN_ADDR=127.0.0.1:0", "BANYAN_DEMO=off"}, assembly.ModuleNames())
	if err != nil {
		return nil, err
	}
	var at assembly.Running
	app := fx.New(assembly.Graph(assembly.Setup{
		Config: c, Tokens: config.Tokens{Operator: operatorToken, Secret: secret}, Log: log, SQL: sqldb.Options{Observe: observe},
	}, &at))
	if err := app.Err(); err != nil {
		return nil, fmt.Errorf("put the shop together: %w", err)
	}
	if err := app.Start(ctx); err != nil {
		return nil, fmt.Errorf("start the shop: %w", err)
	}
	tcp, ok := at.Address.(*net.TCPAddr)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the shop listens on %v", at.Address), app.Stop(ctx))
	}
	return &shop{url: fmt.Sprintf("http://127.0.0.1:%d", tcp.Port), app: app}, nil
}

func (s *shop) stop(ctx context.Context) error { return s.app.Stop(ctx) }
