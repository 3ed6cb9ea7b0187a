package price

import (
	_ "example.com/shop/modules/catalog/internal/rates" // want: and by it net/http
	_ "github.com/jackc/pgx/v5"                         // want: imports github.com/jackc/pgx/v5
	_ "golang.org/x/text/unicode/norm"
)
