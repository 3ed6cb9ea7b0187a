// Package migrate brings the schema of a module up to date: the tables of the bus and of durable
// tasks, which every schema has, and then the module's own. Each of the two sets has a version table
// of its own, so that neither waits for the other's numbers.
package migrate

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Instances that start together wait for one another: shortly, because migrations rarely have
// anything to do, and long enough for one that has.
const (
	lockRetry    = 200 * time.Millisecond
	lockPatience = 5 * time.Minute
)

//go:embed platform/*.sql
var platformFiles embed.FS

// Up applies what is missing to the schema of a module, which it creates if needed, and answers how
// many migrations ran. Several processes may call it at once: on MySQL a lock row lets one go first,
// on SQLite the second gets sqldb.ErrLocked. A schema that is being moved, or was moved elsewhere, is left
// as it is: sqldb.ErrNotHome.
func Up(ctx context.Context, l sqldb.Location, module string, files fs.FS) (applied int, err error) {
	return open(ctx, l, module, files, sqldb.Place.RequireHome)
}

// UpAnywhere is Up for the place that a module moves back to, where what was left behind is going to be
// replaced.
func UpAnywhere(ctx context.Context, l sqldb.Location, module string, files fs.FS) (applied int, err error) {
	return open(ctx, l, module, files, func(sqldb.Place, string) error { return nil })
}

func open(ctx context.Context, l sqldb.Location, module string, files fs.FS, allowed func(sqldb.Place, string) error) (applied int, err error) {
	db, release, err := sqldb.OpenForMigration(ctx, l, module)
	if err != nil {
		return 0, fmt.Errorf("migrate %s: %w", module, err)
	}
	defer func() { err = errors.Join(err, release()) }()
	place, err := sqldb.ReadPlace(ctx, db)
	if err == nil {
		err = allowed(place, module)
	}
	if err != nil {
		return 0, fmt.Errorf("migrate %s: %w", module, err)
	}
	own, err := fs.Sub(platformFiles, "platform")
	if err != nil {
		return 0, err
	}
	for _, set := range []struct {
		versions string
		files    fs.FS
	}{{"bus_schema_version", own}, {"schema_version", files}} {
		n, err := up(ctx, db, l.Engine, set.versions, set.files)
		if err != nil {
			return applied, fmt.Errorf("migrate %s (%s): %w", module, set.versions, err)
		}
		applied += n
	}
	return applied, nil
}

func up(ctx context.Context, db *sql.DB, engine sqldb.Engine, versions string, files fs.FS) (int, error) {
	dialect := goose.DialectSQLite3
	options := []goose.ProviderOption{goose.WithTableName(versions), goose.WithDisableGlobalRegistry(true)}
	if engine == sqldb.MySQL {
		dialect = goose.DialectMySQL
		locker, err := lock.NewMySQLTableLocker(lock.WithTableName("bus_migrate_lock"),
			lock.WithTableLockTimeout(lockRetry, uint64(lockPatience/lockRetry)))
		if err != nil {
			return 0, err
		}
		options = append(options, goose.WithLocker(locker))
	}
	provider, err := goose.NewProvider(dialect, db, dialectFS{files, engine}, options...)
	if err != nil {
		return 0, err
	}
	results, err := provider.Up(ctx)
	return len(results), err
}
