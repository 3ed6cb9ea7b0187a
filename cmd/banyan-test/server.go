package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/banyan-commerce/banyan/platform/dbtest/mysqld"
)

// startLimit bounds filling the data folder and starting the server: half a second on a fast disk.
const startLimit = 2 * time.Minute

// mysqlHalf is the server of a run, or the reason why there is none.
type mysqlHalf struct {
	dsn     string
	version string
	missing string         // why the half does not run; empty if it does
	private *mysqld.Server // nil when the environment named a server
	prefix  string         // of the databases that this run makes on a server of the environment
}

// openMySQL finds the server of this run. Without one it is an error in CI and a reason elsewhere;
// a server that is there and does not work is an error everywhere.
func openMySQL(ctx context.Context, out io.Writer, skip bool) (mysqlHalf, error) {
	if skip {
		return mysqlHalf{missing: "-no-mysql was asked for"}, nil
	}
	if dsn := os.Getenv(dsnVariable); dsn != "" {
		half, err := useForeign(ctx, dsn)
		if err != nil {
			return mysqlHalf{}, fmt.Errorf("use the server of %s: %w", dsnVariable, err)
		}
		return half, nil
	}
	if _, err := mysqld.Find(); err != nil {
		if !maySetUp() {
			return mysqlHalf{missing: err.Error() + "; install it with: " + installCommand()}, nil
		}
		if err := installServer(ctx, out); err != nil {
			return mysqlHalf{}, err
		}
	}
	return startPrivate(ctx)
}

// useForeign marks the databases of this run by a prefix of its own, so that they can be told from
// those of the server's owner and of runs beside this one.
func useForeign(ctx context.Context, dsn string) (mysqlHalf, error) {
	version, err := mysqld.Version(ctx, dsn)
	if err != nil {
		return mysqlHalf{}, err
	}
	address, err := url.Parse(dsn)
	if err != nil {
		return mysqlHalf{}, err
	}
	prefix := "bt_" + strings.ToLower(rand.Text()[:6]) + "_" // short: names of users, which begin with it, may have 32 characters on MySQL
	query := address.Query()
	query.Set("prefix", prefix)
	address.RawQuery = query.Encode()
	return mysqlHalf{dsn: address.String(), version: version, prefix: prefix}, nil
}

func startPrivate(ctx context.Context) (mysqlHalf, error) {
	server, err := start(ctx, mysqld.Options{})
	if err != nil {
		return mysqlHalf{}, err
	}
	return mysqlHalf{dsn: server.DSN(), version: server.Version(), private: server}, nil
}

func start(ctx context.Context, options mysqld.Options) (*mysqld.Server, error) {
	bounded, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	return mysqld.Start(bounded, options)
}

// close leaves nothing of the run behind. A private server that had ended before made tests fail.
func (h mysqlHalf) close() error {
	if h.prefix != "" {
		ctx, cancel := context.WithTimeout(context.Background(), startLimit)
		defer cancel()
		return mysqld.Drop(ctx, h.dsn, h.prefix)
	}
	if h.private == nil {
		return nil
	}
	var died error
	select {
	case <-h.private.Done():
		died = mysqld.ErrDied
	default:
	}
	return errors.Join(died, h.private.Stop())
}

// serve keeps a private server up until a signal comes, for make mysql.
func serve(ctx context.Context, out io.Writer, durable bool) error {
	server, err := start(ctx, mysqld.Options{Durable: durable})
	if err != nil {
		return err
	}
	fmt.Fprintln(out, server.DSN())
	fmt.Fprintf(os.Stderr, "%s, process %d; Ctrl-C ends it and removes its data\n", server.Version(), server.PID())
	select {
	case <-ctx.Done():
		return server.Stop()
	case <-server.Done():
		return errors.Join(mysqld.ErrDied, server.Stop())
	}
}
