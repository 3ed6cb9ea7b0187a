package catalog_test

import (
	"database/sql"
	"os"

	"github.com/stretchr/testify/require"

	"example.com/shop/modules/catalog"
)

var _ = require.New
var _ catalog.Service
var _ *sql.DB
var _ = os.Getenv("CI")
