package sqldb_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

func TestLocationsSayWhereASchemaLives(t *testing.T) {
	t.Parallel()
	for raw, schema := range map[string]string{
		"sqlite:./data":                     filepath.Join("data", "order.db"),
		"sqlite:///var/shop":                "/var/shop/order.db",
		"mysql://u:p@db:3306/":              "banyan_order",
		"mysql://u@db/?prefix=shop_":        "shop_order",
		"mysql://u:p@localhost/?socket=/s":  "banyan_order",
		"mysql://u:%3F%23%40@[::1]:3307/":   "banyan_order",
		"mysql://u:p@db:3306/?tls=true":     "banyan_order",
		"mysql://u:p@db/?prefix=a&tls=true": "aorder",
		"mysql://db/":                       "banyan_order",
	} {
		l, err := sqldb.ParseLocation(raw)
		require.NoError(t, err, raw)
		require.Equal(t, schema, l.Schema("order"), raw)
	}
}

func TestAnErrorInALocationNeverRepeatsThePassword(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"", "sqlite:", "postgres://u:hunter2@db/", "mysql://:hunter2@db/", "mysql://u:hunter2@/",
		"mysql://u:hunter2@db/?other=hunter2", "mysql://u:hunter2@db/?hunter2", "mysql://u:hunter2@db/?prefix=hunter2-",
		"mysql://u:hunter2%@db/", "mysql://u:hun:ter2@db:hunter2/", "mysql://u:1?hunter2@db:3306/", "mysql://u:1#hunter2@db/",
		"mysql://u:1/hunter2@db/", "mysql://u:hunter2@db:99999999/\x00",
	} {
		_, err := sqldb.ParseLocation(raw)
		require.ErrorIs(t, err, sqldb.ErrLocation, raw)
		require.NotContains(t, err.Error(), "hunter2")
	}
	l, err := sqldb.ParseLocation("mysql://u:hunter2@127.0.0.1:1/?tls=hunter2")
	require.NoError(t, err)
	_, err = sqldb.Open(t.Context(), l, "order", sqldb.Options{})
	require.Error(t, err)
	require.NotContains(t, err.Error(), "hunter2")
}

func TestASecondHandleOnASQLiteFileIsRefusedUntilTheFirstIsClosed(t *testing.T) {
	t.Parallel()
	l := dbtest.Only(t, sqldb.SQLite).Location(t)
	first, err := sqldb.Open(t.Context(), l, "order", sqldb.Options{})
	require.NoError(t, err)
	_, err = sqldb.Open(t.Context(), l, "order", sqldb.Options{})
	require.ErrorIs(t, err, sqldb.ErrLocked)
	_, _, err = sqldb.OpenForMigration(t.Context(), l, "order")
	require.ErrorIs(t, err, sqldb.ErrLocked)
	require.NoError(t, first.Close())
	second, err := sqldb.Open(t.Context(), l, "order", sqldb.Options{})
	require.NoError(t, err)
	require.NoError(t, second.Close())
}
