package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// hang takes the schema of a module of a running shop away from it, from outside its process, until release
// is called: on MySQL every statement of the module waits, on SQLite every transaction that writes.
func (g *ground) hang(ctx context.Context, shop, module string) (release func() error, err error) {
	l, err := g.location(shop)
	if err != nil {
		return nil, err
	}
	if g.engine == sqldb.SQLite {
		// Not OpenForMigration: the server has the lock of the one writing process.
		db, err := sql.Open("sqlite", "file:"+l.Schema(module)+"?_pragma=busy_timeout(10000)")
		if err != nil {
			return nil, err
		}
		return hold(ctx, db, db.Close, func(ctx context.Context, conn *sql.Conn) error {
			_, err := conn.ExecContext(ctx, "BEGIN EXCLUSIVE")
			return err
		})
	}
	db, closeDB, err := sqldb.OpenForMigration(ctx, l, module)
	if err != nil {
		return nil, err
	}
	return hold(ctx, db, closeDB, lockTables)
}

// hold keeps a connection, with what take has locked on it, until release closes it.
func hold(ctx context.Context, db *sql.DB, closeDB func() error, take func(context.Context, *sql.Conn) error) (release func() error, err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, closeDB())
	}
	// A connection that goes back into its pool keeps its locks; one that is closed does not.
	release = func() error { return errors.Join(closeDB(), conn.Close()) }
	if err := take(ctx, conn); err != nil {
		return nil, errors.Join(err, release())
	}
	return release, nil
}

func lockTables(ctx context.Context, conn *sql.Conn) (err error) {
	rows, err := conn.QueryContext(ctx, "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var locks []string
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			return err
		}
		locks = append(locks, "`"+table+"` WRITE")
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, "LOCK TABLES "+strings.Join(locks, ", ")); err != nil {
		return fmt.Errorf("lock %d tables: %w", len(locks), err)
	}
	return nil
}
