package order

import (
	"database/sql" // want: imports database/sql
	"net/http"     // want: imports net/http

	"github.com/labstack/echo/v4" // want: imports github.com/labstack/echo/v4

	"example.com/shop/platform/sqldb" // want: imports example.com/shop/platform/sqldb
)

type Row = sql.Row

type Tx = sqldb.Tx

var (
	_ http.Handler
	_ echo.Context
)
