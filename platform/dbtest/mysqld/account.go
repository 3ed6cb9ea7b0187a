package mysqld

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

// account is the one administrator of a private server.
type account struct {
	user     string
	password string
	port     int
}

func newAccount() account {
	return account{user: "banyan", password: rand.Text()}
}

func (a account) dsn() string {
	address := url.URL{
		Scheme: "mysql",
		User:   url.UserPassword(a.user, a.password),
		Host:   net.JoinHostPort("127.0.0.1", strconv.Itoa(a.port)),
		Path:   "/",
	}
	return address.String()
}

// statements are run by the server before it accepts a connection. The accounts without a password
// that a fresh data folder has go away: other users of the machine reach 127.0.0.1, too.
func (a account) statements() string {
	return fmt.Sprintf(`CREATE USER IF NOT EXISTS '%[1]s'@'127.0.0.1' IDENTIFIED BY '%[2]s';
GRANT ALL PRIVILEGES ON *.* TO '%[1]s'@'127.0.0.1' WITH GRANT OPTION;
DROP USER IF EXISTS 'root'@'localhost', 'root'@'127.0.0.1', 'root'@'::1', ''@'localhost';
`, a.user, a.password)
}

// freePort asks the kernel for a port nobody listens on.
func freePort(ctx context.Context) (int, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	return port, listener.Close()
}

// awaitAnswer asks for the version until the server tells it, has ended (ErrDied) or ctx is over.
func awaitAnswer(ctx context.Context, dsn string, died <-chan struct{}) (string, error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		version, err := Version(ctx, dsn)
		if err == nil {
			return version, nil
		}
		select {
		case <-tick.C:
		case <-died:
			return "", ErrDied
		case <-ctx.Done():
			return "", fmt.Errorf("%w, last answer: %w", ctx.Err(), err)
		}
	}
}

// Version names the server behind mysql://user:password@host:port/ or mysql://user@localhost/?socket=PATH
// for people, such as MariaDB 10.11.6. It fails when nobody answers there.
func Version(ctx context.Context, dsn string) (string, error) {
	db, err := connect(dsn)
	if err != nil {
		return "", err
	}
	defer db.Close()
	var version string
	if err := db.QueryRowContext(ctx, "SELECT VERSION()").Scan(&version); err != nil {
		return "", err
	}
	number, rest, _ := strings.Cut(version, "-")
	if strings.Contains(rest, "MariaDB") {
		return "MariaDB " + number, nil
	}
	return "MySQL " + number, nil
}

func connect(dsn string) (*sql.DB, error) {
	config, err := driverConfig(dsn)
	if err != nil {
		return nil, err
	}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

// driverConfig reads an address. Its error does not repeat the address, which holds a password.
func driverConfig(dsn string) (*mysql.Config, error) {
	address, err := url.Parse(dsn)
	if err != nil || address.Scheme != "mysql" {
		return nil, errors.New("the server's address is not of the form mysql://user:password@host:port/")
	}
	config := mysql.NewConfig()
	config.User = address.User.Username()
	config.Passwd, _ = address.User.Password()
	config.Net, config.Addr = "tcp", net.JoinHostPort(address.Hostname(), portOf(address))
	if socket := address.Query().Get("socket"); socket != "" {
		config.Net, config.Addr = "unix", socket
	}
	config.Timeout = 5 * time.Second
	config.InterpolateParams = true
	config.Logger = &mysql.NopLogger{}
	return config, nil
}

func portOf(address *url.URL) string {
	if port := address.Port(); port != "" {
		return port
	}
	return "3306"
}
