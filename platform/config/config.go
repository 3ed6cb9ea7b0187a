// Package config reads the settings of the program: one struct from the environment, all errors at
// once, each under the name of its variable. Nothing else reads the environment.
package config

import (
	"encoding"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/telemetry"
)

// Config is all that can be set. The README's table is this struct.
type Config struct {
	// Addr is where the server listens. The default is this machine alone: the shop speaks plain HTTP,
	// and a token that crosses a network needs the TLS of a proxy in front.
	Addr string `env:"BANYAN_ADDR" envDefault:"127.0.0.1:8080"`
	// DB is where schemas live: sqlite:DIR (the embedded default) or mysql://user:pass@host:port/?prefix=banyan_.
	DB Database `env:"BANYAN_DB" envDefault:"sqlite:./data"`
	// ModuleDB is BANYAN_DB_<MODULE>: where one module's schema lives instead.
	ModuleDB map[string]Database `env:"-"`
	// DBSecret, on MySQL, gives each module a database user of its own (banyan migrate --grants makes them):
	// their passwords are derived from it.
	DBSecret Secret `env:"BANYAN_DB_SECRET"`
	// PeerAddr, if set, is where other processes of the shop call the modules of this one. It is not for clients.
	PeerAddr string `env:"BANYAN_PEER_ADDR"`
	// Peers says where modules are called that other processes host: those that this one does not host, and the
	// others if they have a share.
	Peers Peers `env:"BANYAN_PEERS"`
	// Routes says where other processes serve the HTTP operations of the modules that they host; this one
	// forwards what it is asked of them.
	Routes Peers `env:"BANYAN_ROUTES"`
	// Unguarded are modules whose share nothing but an operator returns, with commas between them.
	Unguarded []string `env:"BANYAN_UNGUARDED"`
	// PeerSecret is shared by the processes of a shop: calls between them are signed with it.
	PeerSecret Secret `env:"BANYAN_PEER_SECRET"`
	// PeerCert, PeerKey and PeerCA are PEM files for mutual TLS between processes, instead of the secret or besides.
	PeerCert string `env:"BANYAN_PEER_CERT"`
	PeerKey  string `env:"BANYAN_PEER_KEY"`
	PeerCA   string `env:"BANYAN_PEER_CA"`
	// Secret makes access tokens; changing it makes all of them void.
	Secret Secret `env:"BANYAN_SECRET"`
	// OperatorToken opens the operator's endpoints.
	OperatorToken Secret `env:"BANYAN_OPERATOR_TOKEN"`
	// Log is a level (debug, info, warn, error) and a format (json, text): info,text.
	Log Log `env:"BANYAN_LOG" envDefault:"info"`
	// Demo, if auto, loads the demo catalogue into an empty shop on the embedded default.
	Demo Switch `env:"BANYAN_DEMO" envDefault:"auto"`
	// Migrate, if auto, creates and updates tables when the server starts.
	Migrate Switch `env:"BANYAN_MIGRATE" envDefault:"auto"`
	// Hold is how long an order may wait for its payment, and its stock be held.
	Hold time.Duration `env:"BANYAN_HOLD" envDefault:"15m"`
	// DebugAddr, if set, is where profiles of the running server can be had (net/http/pprof). They tell
	// about its inside and cost time, so that it must be a loopback address.
	DebugAddr string `env:"BANYAN_DEBUG_ADDR"`
	// OutboxEvents is how many events may wait in the outbox of a schema before /readyz says degraded; 0: any.
	OutboxEvents int64 `env:"BANYAN_OUTBOX_EVENTS" envDefault:"100000"`
	// OutboxMiB is how much of the disk (about, in MiB) they may take before commands are told to come later; 0: all.
	OutboxMiB int64 `env:"BANYAN_OUTBOX_MIB" envDefault:"4096"`
	// Drain is how long a stopping server waits for the requests under way.
	Drain time.Duration `env:"BANYAN_DRAIN" envDefault:"20s"`

	// Modules are those that this process hosts, with commas between them; all if it is not set.
	Modules []string `env:"BANYAN_MODULES"`
	// Broker is where modules of different processes meet: nats://HOST:PORT or tls://HOST:PORT, several with commas.
	Broker Secret `env:"BANYAN_BROKER"`
	// BrokerToken is what clients of the broker must know.
	BrokerToken Secret `env:"BANYAN_BROKER_TOKEN"`
	// BrokerCreds is a file of NATS credentials, as nsc writes them.
	BrokerCreds string `env:"BANYAN_BROKER_CREDS"`
	// BrokerCA, BrokerCert and BrokerKey are files: who signed the other side's certificate, and our own.
	BrokerCA   string `env:"BANYAN_BROKER_CA"`
	BrokerCert string `env:"BANYAN_BROKER_CERT"`
	BrokerKey  string `env:"BANYAN_BROKER_KEY"`
	// BrokerKeep is how long an event stays in its publisher's schema after the broker has confirmed it. 0 is
	// for brokers that confirm nothing before it is on a disk, as banyan broker.
	BrokerKeep time.Duration `env:"BANYAN_BROKER_KEEP" envDefault:"10m"`
	// BrokerAddr is where banyan broker listens.
	BrokerAddr string `env:"BANYAN_BROKER_ADDR" envDefault:"127.0.0.1:4222"`
	// BrokerStore is the folder in which banyan broker keeps events.
	BrokerStore string `env:"BANYAN_BROKER_STORE" envDefault:"./data/broker"`
}

const (
	prefix         = "BANYAN_"
	databasePrefix = "BANYAN_DB_"
	testPrefix     = "BANYAN_TEST_" // read by the tests alone

	minSecret        = 32
	minOperatorToken = 16

	maxMiB = 1 << 40 // so that it is a number of bytes still
)

// Load reads an environment (os.Environ) for a program with these modules. It returns every error
// that it finds, joined: bad values, and variables that begin with BANYAN_ but mean nothing, because
// a misspelt setting is one that silently does not hold.
func Load(environ, modules []string) (Config, error) {
	c := Config{ModuleDB: map[string]Database{}}
	vars := ours(environ)
	known, err := env.GetFieldParams(&c)
	if err != nil {
		return c, err
	}
	problems := named(env.ParseWithOptions(&c, env.Options{Environment: vars}))
	for _, field := range known {
		delete(vars, field.Key)
	}
	for _, module := range modules {
		name := databasePrefix + strings.ToUpper(module)
		text, set := vars[name]
		delete(vars, name)
		if !set {
			continue
		}
		var d Database
		if err := d.UnmarshalText([]byte(text)); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", name, err))
		}
		c.ModuleDB[module] = d
	}
	for name := range vars {
		problems = append(problems, fmt.Errorf("%s: there is no such setting", name))
	}
	problems = append(problems, c.unknownModules(modules)...)
	if len(problems) == 0 { // a value that was not read has no bounds to keep
		problems = slices.Concat(c.check(), c.checkUsers(modules), c.checkPeers(modules))
	}
	slices.SortFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return c, errors.Join(problems...)
}

func (c Config) unknownModules(known []string) []error {
	var problems []error
	for _, name := range c.Modules {
		if !slices.Contains(known, name) {
			problems = append(problems, fmt.Errorf("BANYAN_MODULES: there is no module %q; there are %s", name, strings.Join(known, ", ")))
		}
	}
	for _, name := range c.Unguarded {
		if !slices.Contains(known, name) {
			problems = append(problems, fmt.Errorf("BANYAN_UNGUARDED: there is no module %q; there are %s", name, strings.Join(known, ", ")))
		}
	}
	return problems
}

// Hosts says whether a module is in this process.
func (c Config) Hosts(module string) bool {
	return len(c.Modules) == 0 || slices.Contains(c.Modules, module)
}

// ours picks our variables out of NAME=value lines; one that is set to nothing counts as not set.
func ours(environ []string) map[string]string {
	vars := map[string]string{}
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		if strings.HasPrefix(name, prefix) && !strings.HasPrefix(name, testPrefix) && value != "" {
			vars[name] = value
		}
	}
	return vars
}

// named replaces the names of fields in the library's errors by those of variables.
func named(err error) []error {
	if err == nil {
		return nil
	}
	var all env.AggregateError
	if !errors.As(err, &all) {
		return []error{err}
	}
	problems := make([]error, 0, len(all.Errors))
	for _, e := range all.Errors {
		var parse env.ParseError
		if errors.As(e, &parse) {
			field, _ := reflect.TypeFor[Config]().FieldByName(parse.Name)
			e = fmt.Errorf("%s: %w", field.Tag.Get("env"), parse.Err)
		}
		problems = append(problems, e)
	}
	return problems
}

func (c Config) check() []error {
	var problems []error
	refuse := func(bad bool, text string) {
		if bad {
			problems = append(problems, errors.New(text))
		}
	}
	_, _, err := net.SplitHostPort(c.Addr)
	refuse(err != nil, "BANYAN_ADDR: must be HOST:PORT")
	refuse(c.DebugAddr != "" && !loopback(c.DebugAddr), "BANYAN_DEBUG_ADDR: must be HOST:PORT with a loopback address, as 127.0.0.1:6060")
	refuse(c.Secret != "" && len(c.Secret) < minSecret, fmt.Sprintf("BANYAN_SECRET: needs at least %d characters", minSecret))
	refuse(c.DBSecret != "" && len(c.DBSecret) < minSecret, fmt.Sprintf("BANYAN_DB_SECRET: needs at least %d characters", minSecret))
	refuse(c.OperatorToken != "" && len(c.OperatorToken) < minOperatorToken,
		fmt.Sprintf("BANYAN_OPERATOR_TOKEN: needs at least %d characters", minOperatorToken))
	refuse(strings.ContainsAny(string(c.OperatorToken), " \t\r\n"), "BANYAN_OPERATOR_TOKEN: must not hold spaces")
	refuse(c.Hold < time.Second || c.Hold > 30*24*time.Hour, "BANYAN_HOLD: must be between 1s and 720h")
	refuse(c.OutboxEvents < 0, "BANYAN_OUTBOX_EVENTS: must not be negative")
	refuse(c.OutboxMiB < 0 || c.OutboxMiB > maxMiB, fmt.Sprintf("BANYAN_OUTBOX_MIB: must be between 0 and %d", int64(maxMiB)))
	refuse(c.Drain < 0 || c.Drain > 10*time.Minute, "BANYAN_DRAIN: must be between 0s and 10m")
	refuse(c.BrokerKeep < 0 || c.BrokerKeep > 24*time.Hour, "BANYAN_BROKER_KEEP: must be between 0s and 24h")
	refuse((c.BrokerCert == "") != (c.BrokerKey == ""), "BANYAN_BROKER_CERT: needs BANYAN_BROKER_KEY, and the other way round")
	_, _, err = net.SplitHostPort(c.BrokerAddr)
	refuse(err != nil, "BANYAN_BROKER_ADDR: must be HOST:PORT")
	return problems
}

// checkUsers looks at what each schema will be opened as.
func (c Config) checkUsers(modules []string) []error {
	var problems []error
	schemas, onMySQL := c.Schemas(), c.DB.Engine == sqldb.MySQL
	for _, module := range modules {
		l, name := schemas.Location(module), "BANYAN_DB"
		if _, set := c.ModuleDB[module]; set {
			name = databasePrefix + strings.ToUpper(module)
		}
		if l.Engine != sqldb.MySQL {
			continue
		}
		onMySQL = true
		if c.DBSecret == "" && !l.NamesUser() {
			problems = append(problems, fmt.Errorf("%s: names no user for the schema of %s, and BANYAN_DB_SECRET is not set", name, module))
		}
		if user := l.User(module); c.DBSecret != "" && len(user) > sqldb.MaxUser {
			problems = append(problems, fmt.Errorf("%s: the prefix is too long: the name of a database user, as %s, may have %d characters", name, user, sqldb.MaxUser))
		}
	}
	if len(c.DBSecret) >= minSecret && !onMySQL {
		problems = append(problems, errors.New("BANYAN_DB_SECRET: is for database users on MySQL, and every schema is on SQLite, which has none"))
	}
	return problems
}

// loopback says whether nobody but this machine reaches an address to listen on.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	return err == nil && net.ParseIP(host).IsLoopback()
}

// Schemas is where every module's schema lives.
func (c Config) Schemas() *sqldb.Schemas {
	s := &sqldb.Schemas{Default: c.withUsers(c.DB), Override: map[string]sqldb.Location{}}
	for module, d := range c.ModuleDB {
		s.Override[module] = c.withUsers(d)
	}
	return s
}

func (c Config) withUsers(d Database) sqldb.Location {
	if c.DBSecret == "" {
		return d.Location
	}
	return d.WithUsers(string(c.DBSecret))
}

// Embedded says whether the shop runs on the embedded default.
func (c Config) Embedded() bool { return c.DB.Engine == sqldb.SQLite }

var _ = []encoding.TextUnmarshaler{(*Database)(nil), (*Log)(nil), (*Switch)(nil)}

// Database is a location whose text may hold a password: it is not printed.
type Database struct{ sqldb.Location }

// UnmarshalText reads a database URL. It returns sqldb.ErrLocation.
func (d *Database) UnmarshalText(text []byte) error {
	l, err := sqldb.ParseLocation(string(text))
	d.Location = l
	return err
}

// String names the engine alone.
func (d Database) String() string { return string(d.Engine) }

// GoString names the engine alone.
func (d Database) GoString() string { return d.String() }

// LogValue names the engine alone.
func (d Database) LogValue() slog.Value { return slog.StringValue(d.String()) }

// Secret is text that no log and no error may hold; string(s) reveals it.
type Secret string

const hidden = "(hidden)"

// String hides the text.
func (Secret) String() string { return hidden }

// GoString hides the text.
func (Secret) GoString() string { return hidden }

// LogValue hides the text.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the text.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// Log says what is logged and how.
type Log struct {
	Level  slog.Level
	Format telemetry.Format
}

// UnmarshalText reads a level, a format or both: info,text.
func (l *Log) UnmarshalText(text []byte) error {
	*l = Log{Level: slog.LevelInfo, Format: telemetry.JSON}
	for part := range strings.SplitSeq(string(text), ",") {
		switch part = strings.TrimSpace(part); part {
		case "debug", "info", "warn", "error":
			if err := l.Level.UnmarshalText([]byte(part)); err != nil {
				return err
			}
		case string(telemetry.JSON), string(telemetry.Text):
			l.Format = telemetry.Format(part)
		default:
			return fmt.Errorf("%q is neither a level (debug, info, warn, error) nor a format (json, text)", part)
		}
	}
	return nil
}

// Switch is auto or off.
type Switch bool

// UnmarshalText reads auto or off.
func (s *Switch) UnmarshalText(text []byte) error {
	switch string(text) {
	case "auto":
		*s = true
	case "off":
		*s = false
	default:
		return errors.New("must be auto or off")
	}
	return nil
}
