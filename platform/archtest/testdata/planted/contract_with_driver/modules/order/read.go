package order

import (
	"database/sql" // want: imports database/sql
	"net/http"     // want: imports net/http

	"github.com/labstack/echo/v4" // want: imports github.com/labstack/echo/v4

	"example.com/shop/platform/sqldb" // want: imports example.com/shop/platform/sqldb
)

type Row = sql.Row // want: is a type of database/sql

type Tx = sqldb.Tx // want: is a type of example.com/shop/platform/sqldb

var (
	_ http.Handler
	_ echo.Context
)
