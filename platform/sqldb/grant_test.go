package sqldb_test

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/dbtest/mysqld"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const (
	firstSecret  = "the first secret of these tests, 32 and more"
	secondSecret = "the second secret of these tests, 32 and more"
)

// plot is an empty store on MySQL with users, and its administrator.
type plot struct {
	t     *testing.T
	url   string
	at    sqldb.Location
	admin *sql.DB
}

// newPlot has a schema with the table item, and a user for it, for each module.
func newPlot(t *testing.T, modules ...string) *plot {
	t.Helper()
	return plotAt(t, dbtest.Only(t, sqldb.MySQL).URL(t), modules...)
}

func plotAt(t *testing.T, url string, modules ...string) *plot {
	t.Helper()
	l, err := sqldb.ParseLocation(url)
	require.NoError(t, err)
	p := &plot{t: t, url: url, at: l.WithUsers(firstSecret)}
	for _, module := range modules {
		db, release, err := sqldb.OpenForMigration(t.Context(), p.at, module)
		require.NoError(t, err)
		_, err = db.ExecContext(t.Context(), createItem)
		require.NoError(t, err)
		p.admin = db
		t.Cleanup(func() { require.NoError(t, release()) })
		done, err := sqldb.Grant(t.Context(), p.at, module)
		require.NoError(t, err)
		require.Equal(t, sqldb.Granted{User: l.User(module), Created: true, Allowed: true}, done)
	}
	return p
}

func (p *plot) exec(query string) {
	p.t.Helper()
	_, err := p.admin.ExecContext(context.WithoutCancel(p.t.Context()), p.named(query))
	require.NoError(p.t, err, query)
}

// named replaces {module} by the name of its schema, which is that of its user.
func (p *plot) named(query string) string {
	return strings.NewReplacer("{", p.at.Prefix, "}", "").Replace(query)
}

func (p *plot) open(l sqldb.Location, module string) *sqldb.DB {
	p.t.Helper()
	db, err := sqldb.Open(p.t.Context(), l, module, sqldb.Options{})
	require.NoError(p.t, err)
	p.t.Cleanup(func() { require.NoError(p.t, db.Close()) })
	return db
}

func (p *plot) try(db *sqldb.DB, query string) error {
	return sqldb.InTx(p.t.Context(), db, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(p.t.Context(), p.named(query))
		return err
	})
}

func TestTheUserOfAModuleReachesItsOwnSchemaAlone(t *testing.T) {
	t.Parallel()
	p := newPlot(t, "catalog", "gift_card")
	p.exec("CREATE DATABASE {giftXcard}") // the name of the schema, were its _ a wildcard
	p.exec("CREATE TABLE {giftXcard}.item (id INT NOT NULL, n INT NOT NULL)")
	db := p.open(p.at, "gift_card")
	write(t, db, insertItem, 1, 0)
	write(t, db, updateItem, 2, 1)
	require.Equal(t, []int{1}, numbers(t, db))
	require.NoError(t, p.try(db, "SELECT id FROM item WHERE id = 1 FOR UPDATE"))
	write(t, db, "DELETE FROM item")

	const forTable, forSchema = 1142, 1044
	for query, number := range map[string]uint16{
		"SELECT id FROM {catalog}.item":                                forTable,
		"INSERT INTO {catalog}.item (id, n) VALUES (1, 1)":             forTable,
		"UPDATE {catalog}.item SET n = 1":                              forTable,
		"DELETE FROM {catalog}.item":                                   forTable,
		"SELECT a.id FROM item a JOIN {catalog}.item b ON b.id = a.id": forTable,
		"INSERT INTO item (id, n) SELECT id, n FROM {catalog}.item":    forTable,
		"SELECT id FROM {giftXcard}.item":                              forTable,
		"SELECT host FROM mysql.user":                                  forTable,
		"USE {catalog}":                                                forSchema,
		"CREATE DATABASE {other}":                                      forSchema,
		"DROP DATABASE {catalog}":                                      forSchema,
		"CREATE TABLE {catalog}.more (id INT)":                         forTable,
		"CREATE TABLE more (id INT)":                                   forTable,
		"CREATE TEMPORARY TABLE more (id INT)":                         forSchema,
		"ALTER TABLE item ADD COLUMN m INT":                            forTable,
		"CREATE INDEX item_n ON item (n)":                              forTable,
		"TRUNCATE TABLE item":                                          forTable,
		"DROP TABLE item":                                              forTable,
		"GRANT SELECT ON {gift_card}.* TO '{catalog}'@'%'":             forSchema,
		"CREATE USER {other} IDENTIFIED BY 'Aa1-xxxxxxxx'":             1227,
	} {
		err := p.try(db, query)
		var answer *mysql.MySQLError
		require.ErrorAs(t, err, &answer, query)
		require.Equal(t, number, answer.Number, "%s: %s", query, answer)
	}
}

func TestGrantingAgainChangesNothing(t *testing.T) {
	t.Parallel()
	p := newPlot(t, "order")
	before := p.grantsOfOrder()
	done, err := sqldb.Grant(t.Context(), p.at, "order")
	require.NoError(t, err)
	require.Equal(t, sqldb.Granted{User: p.at.User("order")}, done)
	require.Equal(t, p.named("{order} as it was"), done.String())
	require.Equal(t, before, p.grantsOfOrder())
}

// grantsOfOrder are what the server tells of its user, the password's hash included.
func (p *plot) grantsOfOrder() []string {
	p.t.Helper()
	rows, err := p.admin.QueryContext(p.t.Context(), p.named("SHOW GRANTS FOR '{order}'@'%'"))
	require.NoError(p.t, err)
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var line string
		require.NoError(p.t, rows.Scan(&line))
		lines = append(lines, line)
	}
	require.NoError(p.t, rows.Err())
	return lines
}

func TestANewSecretLocksOutTheOldOne(t *testing.T) {
	t.Parallel()
	p := newPlot(t, "order")
	running := p.open(p.at, "order")
	renewed := p.at.WithUsers(secondSecret)
	_, err := sqldb.Open(t.Context(), renewed, "order", sqldb.Options{})
	require.ErrorIs(t, err, sqldb.ErrUserRefused)
	require.ErrorContains(t, err, "order")
	require.ErrorContains(t, err, "BANYAN_DB_SECRET")
	require.NotContains(t, err.Error(), renewed.Password("order"))

	done, err := sqldb.Grant(t.Context(), renewed, "order")
	require.NoError(t, err)
	require.Equal(t, sqldb.Granted{User: p.at.User("order"), NewPassword: true}, done)
	write(t, p.open(renewed, "order"), insertItem, 1, 0)
	require.Equal(t, []int{1}, numbers(t, running), "its connection is as good as it was")
	_, err = sqldb.Open(t.Context(), p.at, "order", sqldb.Options{})
	require.ErrorIs(t, err, sqldb.ErrUserRefused)
}

// burden gives a user of order all kinds of rights that it should not have.
func (p *plot) burden() {
	p.t.Helper()
	p.t.Cleanup(func() { p.exec("DROP ROLE IF EXISTS {helper}") })
	for _, query := range []string{
		"CREATE ROLE {helper}",
		"GRANT SELECT ON {catalog}.* TO {helper}",
		"GRANT {helper} TO '{order}'@'%'",
		"GRANT ALL ON *.* TO '{order}'@'%' WITH GRANT OPTION",
		"GRANT SELECT, CREATE ON `{order}`.* TO '{order}'@'%'", // unescaped
		"GRANT ALL ON " + strings.ReplaceAll(p.named("`{order}`"), "_", `\_`) + ".* TO '{order}'@'%' WITH GRANT OPTION",
		"GRANT SELECT (id, n), UPDATE ON {catalog}.item TO '{order}'@'%'",
		"CREATE PROCEDURE {catalog}.peep() SELECT 1",
		"GRANT EXECUTE ON PROCEDURE {catalog}.peep TO '{order}'@'%'",
	} {
		p.exec(query)
	}
}

func TestWhatAUserHasBesidesItsSchemaIsRevokedUnderARunningInstance(t *testing.T) {
	t.Parallel()
	p := newPlot(t, "order", "catalog")
	before := p.grantsOfOrder()
	p.burden()
	db := p.open(p.at, "order")
	require.NoError(t, p.try(db, "SELECT id FROM {catalog}.item"))

	granted := make(chan struct{})
	worked := make(chan error, 1)
	go func() {
		for n := 0; ; n++ {
			err := p.try(db, "INSERT INTO item (id, n) VALUES (1, 0) ON DUPLICATE KEY UPDATE n = n + 1")
			select {
			case <-granted:
				worked <- err
				return
			default:
			}
			if err != nil {
				worked <- err
				return
			}
		}
	}()
	done, err := sqldb.Grant(t.Context(), p.at, "order")
	close(granted)
	require.NoError(t, err)
	require.NoError(t, <-worked, "at no time did the running instance lack a right")
	require.Positive(t, done.Revoked)
	require.False(t, done.Created || done.Allowed || done.NewPassword)
	require.Equal(t, before, p.grantsOfOrder())
	require.Error(t, p.try(p.open(p.at, "order"), "SELECT id FROM {catalog}.item"))
}

func TestSeveralMayGrantAtOnce(t *testing.T) {
	t.Parallel()
	p := newPlot(t, "order", "catalog")
	before := p.grantsOfOrder()
	p.exec("DROP USER '{catalog}'@'%'")
	p.burden()
	const several = 4
	ended := make(chan error)
	for range several {
		go func() {
			_, first := sqldb.Grant(t.Context(), p.at, "order")
			_, second := sqldb.Grant(t.Context(), p.at, "catalog")
			ended <- errors.Join(first, second)
		}()
	}
	for range several {
		require.NoError(t, <-ended)
	}
	require.Equal(t, before, p.grantsOfOrder())
}

func TestWhoMayNotGrantIsToldWhatIsMissing(t *testing.T) {
	t.Parallel()
	p := newPlot(t, "order")
	p.exec("CREATE USER '{clerk}'@'%' IDENTIFIED BY 'Aa1-hunter2'")
	p.exec("GRANT ALL ON `{order}`.* TO '{clerk}'@'%'")
	p.exec("DROP USER '{order}'@'%'")
	address, err := url.Parse(p.url)
	require.NoError(t, err)
	address.User = url.UserPassword(p.named("{clerk}"), "Aa1-hunter2")
	l, err := sqldb.ParseLocation(address.String())
	require.NoError(t, err)
	grant := func() error {
		_, err := sqldb.Grant(t.Context(), l.WithUsers(firstSecret), "order")
		require.ErrorIs(t, err, sqldb.ErrMayNotGrant)
		require.ErrorContains(t, err, "CREATE USER")
		require.NotContains(t, err.Error(), "hunter2")
		require.NotContains(t, err.Error(), p.at.Password("order"))
		return err
	}
	require.ErrorContains(t, grant(), "Error 1227")
	p.exec("GRANT CREATE USER ON *.* TO '{clerk}'@'%'")
	require.ErrorContains(t, grant(), "Error 1044", "nor may it give its own rights on")
}

func TestARightThatEverybodyHasIsFound(t *testing.T) {
	t.Parallel()
	p := newPlot(t, "order", "catalog")
	if _, err := p.admin.ExecContext(t.Context(), p.named("GRANT SELECT ON `{catalog}`.* TO PUBLIC")); err != nil {
		t.Skip("this server has no PUBLIC: ", err)
	}
	t.Cleanup(func() { p.exec("REVOKE SELECT ON `{catalog}`.* FROM PUBLIC") })
	_, err := sqldb.Grant(t.Context(), p.at, "order")
	require.ErrorIs(t, err, sqldb.ErrNotGranted)
	require.ErrorContains(t, err, p.named("{catalog}"))
}

func TestAnAccountThatStandsInTheWayIsFound(t *testing.T) {
	t.Parallel()
	p := newPlot(t, "order")
	var here string // the host that the server sees, narrower than %
	require.NoError(t, p.admin.QueryRowContext(t.Context(), "SELECT SUBSTRING_INDEX(USER(), '@', -1)").Scan(&here))
	p.exec("CREATE USER '{order}'@'" + here + "' IDENTIFIED BY 'Aa1-hunter2'")
	t.Cleanup(func() { p.exec("DROP USER '{order}'@'" + here + "'") })
	_, err := sqldb.Grant(t.Context(), p.at, "order")
	require.ErrorIs(t, err, sqldb.ErrNotGranted)
	require.ErrorContains(t, err, "narrower host")
}

func TestNoPasswordStandsInTheServersLog(t *testing.T) {
	t.Parallel()
	dbtest.Only(t, sqldb.MySQL)
	if _, err := mysqld.Find(); err != nil {
		require.NotEqual(t, "true", os.Getenv("CI"), err)
		t.Skip(err) // the log of a server that others use is theirs
	}
	server, err := mysqld.Start(t.Context(), mysqld.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	admin := plotAt(t, server.DSN(), "other")
	admin.exec("SET GLOBAL log_output = 'TABLE'")
	admin.exec("SET GLOBAL general_log = 1")
	p := plotAt(t, server.DSN(), "order")
	renewed := p.at.WithUsers(secondSecret)
	_, err = sqldb.Grant(t.Context(), renewed, "order")
	require.NoError(t, err)

	for text, want := range map[string]bool{p.at.Password("order"): false, renewed.Password("order"): false, "GRANT SELECT": true} {
		var n int
		require.NoError(t, admin.admin.QueryRowContext(t.Context(),
			"SELECT COUNT(*) FROM mysql.general_log WHERE LOCATE(?, argument) > 0 AND LOCATE('general_log', argument) = 0", text).Scan(&n))
		require.Equal(t, want, n > 0, "%s: %d", text[:4], n)
	}
}

func TestPasswordsAreAUsersOwnAndPassTheServersPolicy(t *testing.T) {
	t.Parallel()
	l, err := sqldb.ParseLocation("mysql://db.example/")
	require.NoError(t, err)
	password := l.WithUsers(firstSecret).Password("order")
	require.Equal(t, "Aa1-", password[:4], "letters of both cases, a digit, a special character")
	require.Regexp(t, `^[A-Za-z0-9_-]{47}$`, password)
	require.Equal(t, password, l.WithUsers(firstSecret).Password("order"))
	require.NotEqual(t, password, l.WithUsers(firstSecret).Password("catalog"))
	require.NotEqual(t, password, l.WithUsers(secondSecret).Password("order"))
}

func TestWithoutAUserInTheURLNothingIsMigratedGrantedOrOpenedAsNobody(t *testing.T) {
	t.Parallel()
	l, err := sqldb.ParseLocation("mysql://127.0.0.1:1/")
	require.NoError(t, err)
	_, _, err = sqldb.OpenForMigration(t.Context(), l.WithUsers(firstSecret), "order")
	require.ErrorIs(t, err, sqldb.ErrNoUser)
	_, err = sqldb.Grant(t.Context(), l.WithUsers(firstSecret), "order")
	require.ErrorIs(t, err, sqldb.ErrNoUser)
	_, err = sqldb.Open(t.Context(), l, "order", sqldb.Options{})
	require.ErrorIs(t, err, sqldb.ErrNoUser)
	_, err = sqldb.Open(t.Context(), l.WithUsers(firstSecret), "order", sqldb.Options{})
	require.ErrorContains(t, err, "connection refused")
	for _, none := range []sqldb.Location{l, {Engine: sqldb.SQLite, Dir: t.TempDir()}} {
		_, err = sqldb.Grant(t.Context(), none, "order")
		require.ErrorIs(t, err, sqldb.ErrUsersNeeded)
	}
}

// The lines are of the forms in MySQL's manual (SHOW GRANTS; Using Roles; Partial Revokes) and of a MariaDB 10.11.
func TestWhatIsTooMuchIsReadFromTheServersWords(t *testing.T) {
	t.Parallel()
	const ours = "GRANT SELECT, INSERT, UPDATE, DELETE ON `shop\\_order`.* TO `shop_order`@`%`"
	for line, want := range map[string][]string{
		ours:                                     nil,
		"GRANT USAGE ON *.* TO `shop_order`@`%`": nil,
		"GRANT USAGE ON *.* TO `shop_order`@`%` IDENTIFIED BY PASSWORD '* WITH GRANT OPTION'": nil,
		"SET DEFAULT ROLE `r` FOR `shop_order`@`%`":                                           nil,
		"REVOKE SELECT ON `mysql`.* FROM `shop_order`@`%`":                                    nil,
		"GRANT USAGE ON *.* TO `shop_order`@`%` WITH GRANT OPTION":                            {"REVOKE GRANT OPTION ON *.* FROM me"},
		"GRANT SELECT, RELOAD ON *.* TO `shop_order`@`%`":                                     {"REVOKE SELECT, RELOAD ON *.* FROM me"},
		"GRANT BACKUP_ADMIN,XA_RECOVER_ADMIN ON *.* TO `shop_order`@`%`":                      {"REVOKE BACKUP_ADMIN,XA_RECOVER_ADMIN ON *.* FROM me"},
		"GRANT `r1`@`%`,`r ON TO 2`@`%` TO `shop_order`@`%` WITH ADMIN OPTION":                {"REVOKE `r1`@`%`,`r ON TO 2`@`%` FROM me"},
		"GRANT PROXY ON `boss`@`%` TO `shop_order`@`%`":                                       {"REVOKE PROXY ON `boss`@`%` FROM me"},
		"GRANT SELECT (`a`, `b ON c`), INSERT ON `x`.`t TO u` TO `shop_order`@`%`":            {"REVOKE SELECT (`a`, `b ON c`), INSERT ON `x`.`t TO u` FROM me"},
		"GRANT SELECT, INSERT, UPDATE, DELETE ON `shop_order`.* TO `shop_order`@`%`":          {"REVOKE SELECT, INSERT, UPDATE, DELETE ON `shop_order`.* FROM me"},
		"GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP ON `shop\\_order`.* TO `shop_order`@`%` WITH GRANT OPTION": {
			"REVOKE CREATE, DROP ON `shop\\_order`.* FROM me", "REVOKE GRANT OPTION ON `shop\\_order`.* FROM me",
		},
		"GRANT ALL PRIVILEGES ON `shop\\_order`.* TO `shop_order`@`%`": {"REVOKE DROP ON `shop\\_order`.* FROM me"},
		"GRANT ALL PRIVILEGES ON *.* TO `shop_order`@`%`":              {"REVOKE ALL PRIVILEGES ON *.* FROM me"},
	} {
		require.Equal(t, want, sqldb.Excess("`shop\\_order`.*", "me", line), line)
	}
}
