package price

import (
	_ "database/sql" // want: imports database/sql
	_ "net/http"     // want: imports net/http
	_ "net/url"
	_ "os" // want: imports os

	_ "github.com/danielgtaylor/huma/v2" // want: imports github.com/danielgtaylor/huma/v2
	_ "github.com/jmoiron/sqlx"          // want: imports github.com/jmoiron/sqlx

	_ "example.com/shop/platform/sqldb" // want: imports example.com/shop/platform/sqldb
)
