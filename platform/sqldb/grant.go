package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/go-sql-driver/mysql"
)

var (
	// ErrMayNotGrant says what the URL's user lacks to make users for the modules.
	ErrMayNotGrant = errors.New("the user of the database URL may not create users or not grant: it needs CREATE USER, and SELECT, INSERT, UPDATE and DELETE on the schemas WITH GRANT OPTION")
	// ErrNotGranted says that a user ended up with other rights than its own.
	ErrNotGranted = errors.New("the module's database user has not the rights it should")
	// ErrUsersNeeded is for grants where there are no users of modules.
	ErrUsersNeeded = errors.New("users of modules need MySQL or MariaDB and BANYAN_DB_SECRET")
)

// Granted is what Grant changed. The zero value but for User: nothing.
type Granted struct {
	User        string
	Created     bool
	NewPassword bool // the secret was another before
	Allowed     bool // was given the rights on its schema
	Revoked     int  // times that something else was taken away
}

// String tells it to people.
func (g Granted) String() string {
	var changes []string
	for _, c := range []struct {
		text string
		is   bool
	}{
		{"created", g.Created},
		{"given its new password", g.NewPassword},
		{"granted its schema", g.Allowed},
		{"other rights revoked", g.Revoked > 0},
		{"as it was", g == Granted{User: g.User}},
	} {
		if c.is {
			changes = append(changes, c.text)
		}
	}
	return g.User + " " + strings.Join(changes, ", ")
}

// Grant makes the database user of a module, with the password that the location's secret gives, and the rights
// to read and write its schema and none else. What is right already is not touched, so that running
// instances notice nothing and several may call it at once; only a new secret locks out those that still
// have the old one, from their next connection on. The user may connect from any host ('%').
//
// It connects as the URL's user and returns ErrMayNotGrant if that can't do it, ErrUsersNeeded, ErrNoUser,
// ErrNotGranted or what the server says. No error holds a password.
func Grant(ctx context.Context, l Location, module string) (Granted, error) {
	if l.Engine != MySQL || l.users == nil {
		return Granted{}, ErrUsersNeeded
	}
	g := granting{location: l, module: module, account: "'" + l.User(module) + "'@'%'", done: Granted{User: l.User(module)}}
	if err := g.run(ctx); err != nil {
		return Granted{}, fmt.Errorf("grant %s its schema: %w", module, err)
	}
	return g.done, nil
}

// granting is one call of Grant.
type granting struct {
	location Location
	module   string
	account  string // of the user, as SQL says it; the name is letters, digits and _ (ParseLocation)
	admin    *sql.Conn
	done     Granted
}

func (g *granting) run(ctx context.Context) (err error) {
	config, err := g.location.asOwner()
	if err != nil {
		return err
	}
	db, err := openConfig(config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if g.admin, err = db.Conn(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.admin.Close()) }()
	if err := g.letIn(ctx); err != nil {
		return err
	}
	if err := g.asUser(ctx, g.settle); err != nil {
		return err
	}
	return g.asUser(ctx, g.requireAlone)
}

// letIn makes the user, or gives it its password, unless it can connect as it is: what the server does not have to be told stands in no log.
func (g *granting) letIn(ctx context.Context) error {
	connects := func() (bool, error) {
		err := g.asUser(ctx, func(context.Context, *sql.Conn) error { return nil })
		if hasNumber(err, accessDenied) {
			return false, nil
		}
		return err == nil, err
	}
	// https://dev.mysql.com/doc/refman/8.4/en/create-user.html, https://mariadb.com/kb/en/create-user/
	for _, step := range []struct {
		verb string
		did  *bool
	}{{"CREATE USER IF NOT EXISTS", &g.done.Created}, {"ALTER USER", &g.done.NewPassword}} {
		if in, err := connects(); in || err != nil {
			return err
		}
		if err := g.setPassword(ctx, step.verb); err != nil {
			return err
		}
		in, err := connects()
		*step.did = in
		if in || err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: %s was made and is refused still; an account of this name for a narrower host comes before it", ErrNotGranted, g.account)
}

// setPassword keeps the password out of the general log as far as the server lets it: MySQL rewrites such
// statements there, MariaDB does not, and a user without the right to turn the log off for itself can't.
// https://dev.mysql.com/doc/refman/8.4/en/password-logging.html, https://mariadb.com/kb/en/server-system-variables/#sql_log_off
func (g *granting) setPassword(ctx context.Context, verb string) error {
	_, unlogged := g.admin.ExecContext(ctx, "SET SESSION sql_log_off = 1")
	password := g.location.users.password(g.done.User)
	_, err := g.admin.ExecContext(ctx, verb+" "+g.account+" IDENTIFIED BY '"+password+"'")
	if unlogged == nil {
		_, unlogged = g.admin.ExecContext(ctx, "SET SESSION sql_log_off = 0")
		err = errors.Join(err, unlogged)
	}
	var answer *mysql.MySQLError
	if errors.As(err, &answer) { // whose text may repeat the statement
		err = &mysql.MySQLError{Number: answer.Number, SQLState: answer.SQLState, Message: verb + " " + g.done.User}
	}
	return mayNot(err)
}

// asUser runs f on a connection of the module's user to the server, with no schema chosen.
func (g *granting) asUser(ctx context.Context, f func(ctx context.Context, own *sql.Conn) error) (err error) {
	config, err := g.location.asModule(g.module)
	if err != nil {
		return err
	}
	db, err := openConfig(config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	own, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, own.Close()) }()
	return f(ctx, own)
}

// exec runs a statement of the administrator that holds no password.
func (g *granting) exec(ctx context.Context, query string) error {
	_, err := g.admin.ExecContext(ctx, query)
	return mayNot(err)
}

// mayNot knows the server's refusals of one who lacks a privilege.
func mayNot(err error) error {
	if hasNumber(err, databaseDenied, accessDenied, 1142, 1227, 1410) {
		return fmt.Errorf("%w: %w", ErrMayNotGrant, err)
	}
	return err
}

// requireAlone asks, as the user, which schemas of the shop it sees: a right may also come from PUBLIC or an
// anonymous account, and can't be taken from one user then.
func (g *granting) requireAlone(ctx context.Context, own *sql.Conn) error {
	const others = `SELECT COUNT(*), COALESCE(MIN(schema_name), '') FROM information_schema.schemata
		WHERE LEFT(schema_name, CHAR_LENGTH(?)) = ? AND LOWER(schema_name) <> LOWER(?)`
	var n int
	var name string
	prefix := g.location.Prefix
	err := own.QueryRowContext(ctx, others, prefix, prefix, g.location.Schema(g.module)).Scan(&n, &name)
	if err != nil {
		return err
	}
	if n > 0 {
		return fmt.Errorf("%w: %s reaches %s, too, by a right that everybody has on this server", ErrNotGranted, g.done.User, name)
	}
	return nil
}
