package sqldb

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// Engine is one of the two kinds of database that the shop runs on.
type Engine string

// The engines. MySQL stands for MariaDB 10.6+ too.
const (
	SQLite Engine = "sqlite"
	MySQL  Engine = "mysql"
)

// Location says where schemas live: a folder of SQLite files, or a MySQL server and a prefix.
type Location struct {
	Engine Engine
	Dir    string // SQLite: holds <module>.db
	Prefix string // MySQL: of the database names, banyan_ by default

	server *mysql.Config
	users  *users // MySQL: of modules, see WithUsers; nil: every schema is opened as the URL's user
}

// ErrLocation is returned for a database URL that can't be used; its text never repeats the URL,
// which may hold a password.
var ErrLocation = errors.New("database URL must be sqlite:DIR or mysql://user:pass@host:port/?prefix=banyan_")

// ParseLocation reads `sqlite:DIR` or `mysql://user:pass@host:port/?prefix=banyan_`. A server that
// listens on a socket is named by `&socket=/path`. `mysql://host:port/`, without a user, is for WithUsers.
// It returns ErrLocation.
func ParseLocation(raw string) (Location, error) {
	if dir, ok := strings.CutPrefix(raw, "sqlite:"); ok {
		if dir == "" {
			return Location{}, fmt.Errorf("%w: the folder is missing", ErrLocation)
		}
		return Location{Engine: SQLite, Dir: filepath.Clean(strings.TrimPrefix(dir, "//"))}, nil
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "mysql" {
		return Location{}, ErrLocation
	}
	return parseMySQL(u)
}

func parseMySQL(u *url.URL) (Location, error) {
	l := Location{Engine: MySQL, Prefix: "banyan_", server: mysql.NewConfig()}
	c := l.server
	c.User = u.User.Username()
	c.Passwd, _ = u.User.Password()
	c.Net, c.Addr = "tcp", u.Host
	if u.Port() == "" {
		c.Addr = u.Hostname() + ":3306"
	}
	for key, values := range u.Query() {
		switch key {
		case "prefix":
			l.Prefix = values[0]
		case "socket":
			c.Net, c.Addr = "unix", values[0]
		case "tls":
			c.TLSConfig = values[0]
		default:
			// The key is not repeated: an unescaped ? in a password makes the rest of it a key.
			return Location{}, fmt.Errorf("%w: options are prefix, socket and tls", ErrLocation)
		}
	}
	// An unescaped / or # in a password leaves no user either, and the rest behind the host.
	if u.User == nil && (strings.Trim(u.Path, "/") != "" || u.Fragment != "") || u.User != nil && c.User == "" || c.Addr == ":3306" {
		return Location{}, fmt.Errorf("%w: user or host is missing", ErrLocation)
	}
	if !plainName(l.Prefix) {
		return Location{}, fmt.Errorf("%w: prefix must be letters, digits and _", ErrLocation)
	}
	// One round trip a statement: the driver escapes arguments itself (utf8mb4 only, where that is safe).
	c.InterpolateParams = true
	c.ClientFoundRows = true // a guarded UPDATE counts the rows it matched, changed or not
	c.Collation = "utf8mb4_bin"
	c.Params = map[string]string{
		"time_zone": "'+00:00'",
		"sql_mode":  "'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE'",
	}
	return l, nil
}

func plainName(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' {
			return false
		}
	}
	return s != ""
}

// Schema is the name of a module's database, or the path of its file.
func (l Location) Schema(module string) string {
	if l.Engine == SQLite {
		return filepath.Join(l.Dir, module+".db")
	}
	return l.Prefix + module
}
