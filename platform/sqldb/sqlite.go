package sqldb

import (
	"context"
	"net/url"
	"os"
	"path/filepath"

	"github.com/jmoiron/sqlx"
	"modernc.org/sqlite"
)

func (db *DB) openSQLite(ctx context.Context, l Location) error {
	path := l.Schema(db.module)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	unlock, err := lockFile(path + ".lock")
	if err != nil {
		return err
	}
	// close runs in order: writer, readers, lock. Each is added before what it needs.
	db.close = append(db.close, unlock)
	w, err := openWriter(ctx, db, path)
	if err != nil {
		return err
	}
	db.writer = w
	connector, err := sqlite.NewConnector(sqliteDSN(path, "query_only(1)", "cache_size(-2000)"))
	if err != nil {
		return err
	}
	pool := sqlx.NewDb(db.options.connect(connector), "sqlite")
	pool.SetMaxOpenConns(db.options.MaxConns)
	pool.SetMaxIdleConns(db.options.MaxConns)
	db.pool = pool
	db.readers = newStatements(pool)
	db.close = append([]func() error{w.close, db.readers.close, pool.Close}, db.close...)
	return pool.PingContext(ctx)
}

// sqliteDSN: WAL with synchronous=FULL, so that a commit that was answered survives a power cut.
func sqliteDSN(path string, pragmas ...string) string {
	q := url.Values{}
	for _, p := range append([]string{
		"journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(5000)", "foreign_keys(1)", "temp_store(2)",
	}, pragmas...) {
		q.Add("_pragma", p)
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}
