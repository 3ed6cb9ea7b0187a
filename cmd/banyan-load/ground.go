package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/banyan-commerce/banyan/platform/dbtest/mysqld"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// ground is one engine to measure on: a folder of its own, or a private server with durable settings.
type ground struct {
	engine sqldb.Engine
	dir    string
	server *mysqld.Server
}

// serverLimit bounds filling a data folder and starting the server.
const serverLimit = 2 * time.Minute

func openGround(ctx context.Context, engine sqldb.Engine, dir string) (*ground, error) {
	g := &ground{engine: engine, dir: filepath.Join(dir, string(engine))}
	if err := os.MkdirAll(g.dir, 0o700); err != nil {
		return nil, err
	}
	if engine == sqldb.SQLite {
		return g, nil
	}
	ctx, cancel := context.WithTimeout(ctx, serverLimit)
	defer cancel()
	server, err := mysqld.Start(ctx, mysqld.Options{Durable: true})
	if errors.Is(err, mysqld.ErrNotFound) {
		return nil, fmt.Errorf("%w: `make test-deps` installs one on Debian; -engine sqlite needs none", err)
	}
	g.server = server
	return g, err
}

func (g *ground) close() error {
	if g.server != nil {
		return g.server.Stop()
	}
	return nil
}

// pid is the database server's process, 0 if there is none.
func (g *ground) pid() int {
	if g.server == nil {
		return 0
	}
	return g.server.PID()
}

// url is BANYAN_DB for a shop of this name; each shop has schemas of its own.
func (g *ground) url(shop string) string {
	if g.engine == sqldb.SQLite {
		return "sqlite:" + filepath.Join(g.dir, shop)
	}
	return g.server.DSN() + "?prefix=banyan_" + shop + "_"
}

func (g *ground) location(shop string) (sqldb.Location, error) {
	return sqldb.ParseLocation(g.url(shop))
}

// settings are what the figures depend on, asked of the database and not of our own configuration.
func (g *ground) settings(ctx context.Context, db *sqldb.DB) ([]string, error) {
	if g.engine == sqldb.SQLite {
		return ask(ctx, db, []question{
			{"SQLite", "SELECT sqlite_version()"},
			{"journal_mode", "PRAGMA journal_mode"},
			{"synchronous (2 is FULL)", "PRAGMA synchronous"},
		})
	}
	settings, err := ask(ctx, db, []question{
		{"innodb_flush_log_at_trx_commit", "SELECT @@innodb_flush_log_at_trx_commit"},
		{"innodb_doublewrite", "SELECT @@innodb_doublewrite"},
		{"innodb_flush_method", "SELECT @@innodb_flush_method"},
		{"innodb_buffer_pool_size", "SELECT @@innodb_buffer_pool_size"},
		{"log_bin", "SELECT @@log_bin"},
	})
	return append([]string{g.server.Version()}, settings...), err
}

type question struct{ name, query string }

func ask(ctx context.Context, db *sqldb.DB, questions []question) ([]string, error) {
	var answers []string
	for _, q := range questions {
		var text string
		if err := db.Get(ctx, &text, q.query); err != nil {
			return nil, fmt.Errorf("ask for %s: %w", q.name, err)
		}
		answers = append(answers, q.name+" "+text)
	}
	return answers, nil
}
