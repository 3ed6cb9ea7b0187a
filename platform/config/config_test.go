package config_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/config"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/telemetry"
)

func modules() []string { return []string{"catalog", "order"} }

func TestWithoutSettingsTheShopRunsOnThisMachineAlone(t *testing.T) {
	t.Parallel()
	c, err := config.Load([]string{"PATH=/bin", "BANYAN_TEST_MYSQL_DSN=x", "BANYAN_DB="}, modules())
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:8080", c.Addr)
	require.True(t, c.Embedded())
	require.Equal(t, "data", c.DB.Dir)
	require.Equal(t, 15*time.Minute, c.Hold)
	require.Equal(t, config.Log{Level: slog.LevelInfo, Format: telemetry.JSON}, c.Log)
	require.True(t, bool(c.Demo))
	require.True(t, bool(c.Migrate))
}

func TestAModuleCanLiveOnADatabaseOfItsOwn(t *testing.T) {
	t.Parallel()
	c, err := config.Load([]string{"BANYAN_DB_ORDER=mysql://u:p@db.example/?prefix=x_", "BANYAN_LOG=text,debug"}, modules())
	require.NoError(t, err)
	s := c.Schemas()
	require.Equal(t, sqldb.MySQL, s.Location("order").Engine)
	require.Equal(t, "x_order", s.Location("order").Schema("order"))
	require.Equal(t, sqldb.SQLite, s.Location("catalog").Engine)
	require.Equal(t, config.Log{Level: slog.LevelDebug, Format: telemetry.Text}, c.Log)
}

func TestWithASecretModulesHaveUsersAndTheURLNeedsNone(t *testing.T) {
	t.Parallel()
	secret := "BANYAN_DB_SECRET=" + strings.Repeat("s", 32)
	c, err := config.Load([]string{"BANYAN_DB=mysql://db.example/", "BANYAN_DB_ORDER=sqlite:x", secret}, modules())
	require.NoError(t, err)
	require.Equal(t, "banyan_catalog", c.Schemas().Location("catalog").User("catalog"))
	require.NotContains(t, fmt.Sprintf("%v %+v %#v", c.Schemas().Location("catalog"), c.Schemas().Location("catalog"), c), "ssss")
	for variable, bad := range map[string][]string{
		"BANYAN_DB: ":        {"BANYAN_DB=mysql://db.example/", "BANYAN_DB_ORDER=sqlite:x"},
		"BANYAN_DB_ORDER: ":  {"BANYAN_DB_ORDER=mysql://db.example/"},
		"BANYAN_DB_SECRET: ": {secret},
		"BANYAN_DB: the prefix is too long": {
			"BANYAN_DB=mysql://u:p@db.example/?prefix=a_shop_of_many_words_and_2_", "BANYAN_DB_ORDER=mysql://u:p@db.example/", secret,
		},
	} {
		_, err := config.Load(bad, modules())
		require.ErrorContains(t, err, variable)
		require.NotContains(t, err.Error(), "\n")
	}
	_, err = config.Load([]string{"BANYAN_DB=mysql://u:p@db.example/?prefix=a_shop_of_many_words_and_2_"}, modules())
	require.NoError(t, err, "schemas may have longer names than users")
	_, err = config.Load([]string{"BANYAN_DB_ORDER=mysql://u:p@db.example/", secret}, modules())
	require.NoError(t, err, "one on MySQL is enough")
}

func TestEveryBadSettingIsNamedAtOnceAndNoSecretIsTold(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string][]string{
		"unreadable": {
			"BANYAN_DB=postgres://hunter2@db/", "BANYAN_DB_CATALOG=mysql://user:hunter2@:3306/?what=1",
			"BANYAN_LOG=loud", "BANYAN_DEMO=yes", "BANYAN_MIGRATE=no", "BANYAN_HOLD=soon",
			"BANYAN_ADRESS=127.0.0.1:80", "BANYAN_DB_BILLING=sqlite:x",
		},
		"out of bounds": {
			"BANYAN_ADDR=8080", "BANYAN_DB_SECRET=hunter2", "BANYAN_SECRET=hunter2",
			"BANYAN_OPERATOR_TOKEN=hunter2", "BANYAN_HOLD=0s", "BANYAN_DRAIN=-1s",
			"BANYAN_DEBUG_ADDR=0.0.0.0:6060", "BANYAN_OUTBOX_EVENTS=-1", "BANYAN_OUTBOX_MIB=1099511627777",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := config.Load(bad, modules())
			require.Error(t, err)
			lines := strings.Split(err.Error(), "\n")
			require.Len(t, lines, len(bad))
			for _, setting := range bad {
				variable, _, _ := strings.Cut(setting, "=")
				require.Contains(t, err.Error(), variable+": ")
			}
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
}

func TestNoFormatPrintsASecret(t *testing.T) {
	t.Parallel()
	const secret = "hunter2hunter2hunter2hunter2hunter2"
	c, err := config.Load([]string{"BANYAN_SECRET=" + secret, "BANYAN_OPERATOR_TOKEN=" + secret, "BANYAN_DB=mysql://u:" + secret + "@db/"}, nil)
	require.NoError(t, err)
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", slog.Any("secret", c.Secret), slog.Any("db", c.DB))
	for _, text := range []string{
		fmt.Sprint(c.Secret), fmt.Sprintf("%s %v %+v %#v %q", c.Secret, c.Secret, c.Secret, c.Secret, c.Secret),
		fmt.Sprintf("%v %+v %#v", c.DB, c.DB, c.DB), log.String(),
	} {
		require.NotContains(t, text, "hunter2")
	}
}

func TestTokensAreMadeOnceAndReadableByTheOwnerAlone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	c, err := config.Load([]string{"BANYAN_DB=sqlite:" + dir}, nil)
	require.NoError(t, err)
	first, err := c.Tokens()
	require.NoError(t, err)
	again, err := c.Tokens()
	require.NoError(t, err)
	require.Equal(t, string(first.Secret), string(again.Secret))
	require.Equal(t, string(first.Operator), string(again.Operator))
	require.NotEqual(t, string(first.Secret), string(first.Operator))
	require.Len(t, string(first.Secret), 52)
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, 2, "nothing temporary stays")
	for _, f := range files {
		info, err := f.Info()
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), f.Name())
	}

	c.OperatorToken = "an-operator-of-the-environment"
	given, err := c.Tokens()
	require.NoError(t, err)
	require.Equal(t, "an-operator-of-the-environment", string(given.Operator))
}

func TestOnAProductionDatabaseTokensMustBeSet(t *testing.T) {
	t.Parallel()
	c, err := config.Load([]string{"BANYAN_DB=mysql://u:p@db/", "BANYAN_SECRET=" + strings.Repeat("s", 32)}, nil)
	require.NoError(t, err)
	_, err = c.Tokens()
	require.ErrorIs(t, err, config.ErrTokensMissing)
}

func TestACutSecretIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "server.secret"), []byte("short\n"), 0o600))
	c, err := config.Load([]string{"BANYAN_DB=sqlite:" + dir}, nil)
	require.NoError(t, err)
	_, err = c.Tokens()
	require.ErrorContains(t, err, "server.secret")
	require.NotContains(t, err.Error(), "short")
}
