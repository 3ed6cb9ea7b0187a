package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/banyan-commerce/banyan/platform/dbtest/mysqld"
	"github.com/banyan-commerce/banyan/platform/migrate"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

//go:embed schema
var schemas embed.FS

// ground is one engine to measure on: a folder, or a private server with durable settings.
type ground struct {
	engine sqldb.Engine
	dir    string
	server *mysqld.Server
	places int
}

// serverLimit bounds filling a data folder and starting the server.
const serverLimit = 2 * time.Minute

func openGround(ctx context.Context, engine sqldb.Engine, dir string) (*ground, error) {
	g := &ground{engine: engine, dir: dir}
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

// place is where one measurement has its schemas: nobody had any there before.
type place struct {
	sqldb.Location

	remove func() error
}

func (g *ground) newPlace() (place, error) {
	g.places++
	name := fmt.Sprintf("bench%d_", g.places)
	if g.engine == sqldb.SQLite {
		dir := filepath.Join(g.dir, name)
		l, err := sqldb.ParseLocation("sqlite:" + dir)
		return place{Location: l, remove: func() error { return os.RemoveAll(dir) }}, err
	}
	l, err := sqldb.ParseLocation(g.server.DSN() + "?prefix=" + name)
	return place{Location: l, remove: func() error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		return mysqld.Drop(ctx, g.server.DSN(), name)
	}}, err
}

// create makes a module's schema, with the tables that tables names (desk or clerk).
func (p place) create(ctx context.Context, module, tables string) error {
	files, err := fs.Sub(schemas, "schema/"+tables)
	if err != nil {
		return err
	}
	_, err = migrate.Up(ctx, p.Location, module, files)
	return err
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
	answers, err := ask(ctx, db, []question{
		{"innodb_flush_log_at_trx_commit", "SELECT @@innodb_flush_log_at_trx_commit"},
		{"innodb_doublewrite", "SELECT @@innodb_doublewrite"},
		{"innodb_flush_method", "SELECT @@innodb_flush_method"},
		{"innodb_buffer_pool_size", "SELECT @@innodb_buffer_pool_size"},
		{"log_bin", "SELECT @@log_bin"},
	})
	return append([]string{g.server.Version()}, answers...), err
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
