package app

import (
	"database/sql"

	_ "github.com/go-sql-driver/mysql" // want: imports the driver github.com/go-sql-driver/mysql
	"github.com/jmoiron/sqlx"
	_ "modernc.org/sqlite/lib" // want: imports the driver modernc.org/sqlite/lib

	. "example.com/shop/platform/sqldb"
)

type place = Location // want: names sqldb.Location

func open(dsn string) {
	_, _ = sql.Open("mysql", dsn) // want: names sql.Open
	connect := sqlx.MustConnect   // want: names sqlx.MustConnect
	connect("mysql", dsn)
}
