package sqldb

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"github.com/go-sql-driver/mysql"
)

// MaxUser is how many characters MySQL allows in the name of a user; MariaDB allows more.
// https://dev.mysql.com/doc/refman/8.4/en/user-names.html
const MaxUser = 32

var (
	// ErrNoUser says that a database URL names no user where one is needed.
	ErrNoUser = errors.New("the database URL names no user: with BANYAN_DB_SECRET the shop runs without one, and migrations and grants don't")
	// ErrUserRefused says that a module's database user is not there, has another password, or may not use its schema.
	ErrUserRefused = errors.New("the server refuses the module's database user: run `banyan migrate --grants` with this BANYAN_DB_SECRET")
)

// users derives the passwords of modules' users. It is kept behind a pointer, so that no print of a Location shows it.
type users struct{ secret string }

// WithUsers answers the location with a user per module: Open connects as the module's user, whose password
// is derived from the secret. Migrations go on as the URL's user. SQLite has no users and stays as it is.
func (l Location) WithUsers(secret string) Location {
	if l.Engine == MySQL {
		l.users = &users{secret}
	}
	return l
}

// HasUsers says whether modules have users of their own there.
func (l Location) HasUsers() bool { return l.users != nil }

// User is the name of a module's database user, which is that of its schema.
func (l Location) User(module string) string { return l.Schema(module) }

// NamesUser says whether the URL names a user. SQLite needs none.
func (l Location) NamesUser() bool { return l.Engine == SQLite || l.server.User != "" }

// password has a digit, a special character and letters of both cases, as MySQL's validate_password
// asks for at its level MEDIUM, and nothing that SQL text would have to escape.
func (u *users) password(user string) string {
	mac := hmac.New(sha256.New, []byte(u.secret))
	mac.Write([]byte("banyan: password of a database user, 1\n" + user))
	return "Aa1-" + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// asOwner is how migrations and grants connect: as the user of the URL.
func (l Location) asOwner() (*mysql.Config, error) {
	if !l.NamesUser() {
		return nil, ErrNoUser
	}
	return l.server.Clone(), nil
}

// asModule is how a module's schema is opened.
func (l Location) asModule(module string) (*mysql.Config, error) {
	if l.users == nil {
		return l.asOwner()
	}
	c := l.server.Clone()
	c.User = l.User(module)
	c.Passwd = l.users.password(c.User)
	return c, nil
}

const (
	accessDenied   = 1045 // to the server
	databaseDenied = 1044 // to the schema, be it there or not
)

// refusal tells what to do about a module's user that the server does not let in.
func (l Location) refusal(module string, err error) error {
	if l.users != nil && hasNumber(err, accessDenied, databaseDenied) {
		return fmt.Errorf("as %s: %w: %w", l.User(module), ErrUserRefused, err)
	}
	return err
}

func hasNumber(err error, numbers ...uint16) bool {
	var answer *mysql.MySQLError
	return errors.As(err, &answer) && slices.Contains(numbers, answer.Number)
}
