package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
)

// OpenForMigration gives a plain connection pool to the schema of a module, which it creates if
// needed; release closes it. On MySQL it connects as the URL's user, whoever the module's is, and returns
// ErrNoUser if there is none. On SQLite it holds the lock of the writing process meanwhile, so it returns
// ErrLocked while a server runs.
func OpenForMigration(ctx context.Context, l Location, module string) (db *sql.DB, release func() error, err error) {
	if l.Engine == SQLite {
		return openFileForMigration(l, module)
	}
	if err := createDatabase(ctx, l, module); err != nil {
		return nil, nil, err
	}
	c, err := l.asOwner()
	if err != nil {
		return nil, nil, err
	}
	c.DBName = l.Schema(module)
	c.ParseTime = true // goose's lock scans a time.Time; without it every attempt fails and is retried for 5 minutes
	db, err = openConfig(c)
	if err != nil {
		return nil, nil, err
	}
	return db, db.Close, nil
}

func openFileForMigration(l Location, module string) (*sql.DB, func() error, error) {
	path := l.Schema(module)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, nil, err
	}
	unlock, err := lockFile(path + ".lock")
	if err != nil {
		return nil, nil, err
	}
	db, err := sql.Open("sqlite", sqliteDSN(path))
	if err != nil {
		return nil, nil, errors.Join(err, unlock())
	}
	db.SetMaxOpenConns(1)
	return db, func() error { return errors.Join(db.Close(), unlock()) }, nil
}

// Exists says whether the schema of a module is there, empty or not, and makes nothing.
func Exists(ctx context.Context, l Location, module string) (exists bool, err error) {
	if l.Engine == SQLite {
		_, err := os.Stat(l.Schema(module))
		if errors.Is(err, os.ErrNotExist) {
			return false, nil
		}
		return err == nil, err
	}
	c, err := l.asOwner()
	if err != nil {
		return false, err
	}
	db, err := openConfig(c)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return databaseExists(ctx, db, l.Schema(module))
}

// OpenToLook is a connection to a schema for one who only reads, also while another process writes to the
// file. Exists says that it is there.
func OpenToLook(l Location, module string) (*sql.DB, error) {
	if l.Engine == SQLite {
		return sql.Open("sqlite", sqliteDSN(l.Schema(module), "query_only(1)"))
	}
	c, err := l.asOwner()
	if err != nil {
		return nil, err
	}
	c.DBName = l.Schema(module)
	return openConfig(c)
}

func databaseExists(ctx context.Context, db *sql.DB, name string) (bool, error) {
	var n int
	const exists = "SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = ?"
	err := db.QueryRowContext(ctx, exists, name).Scan(&n)
	return n > 0, err
}

// createDatabase needs the right to create databases; where an administrator has made them, it only
// looks.
func createDatabase(ctx context.Context, l Location, module string) (err error) {
	c, err := l.asOwner()
	if err != nil {
		return err
	}
	db, err := openConfig(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if exists, err := databaseExists(ctx, db, l.Schema(module)); exists || err != nil {
		return err
	}
	// The name is letters, digits and _ (ParseLocation), so that it needs no escaping.
	_, err = db.ExecContext(ctx, "CREATE DATABASE IF NOT EXISTS `"+l.Schema(module)+"` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
	return err
}
