package jetstream

import (
	"cmp"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"
)

// Config says how to reach a NATS server, and what is to be made there.
type Config struct {
	URL string // nats://host:port or tls://host:port, several with commas between them

	// Who we are, in the ways that NATS knows; all may be empty. They are in no log and no error.
	User, Password string
	Token          string
	CredsFile      string // a user's JWT and seed, as nsc writes them
	CAFile         string // who signed the server's certificate; the system's roots if empty
	CertFile       string // our own certificate, for servers that demand one
	KeyFile        string

	// Prefix begins the names of streams and subjects, so that several shops may use one broker; "banyan"
	// if empty.
	Prefix string
	// Partitions is how many parts a publisher's events are in: as many are taken at a time by a consumer,
	// over all its instances. 64 if zero; it can't be changed while there are events.
	Partitions int
	Replicas   int           // of a stream, in a cluster; 1 if zero
	MaxAge     time.Duration // how long a stream holds an event; DefaultMaxAge if zero
	MaxBytes   int64         // of a stream; no bound but the broker's own if zero
	// AckWait is how long the broker waits for a process that says nothing before it brings an event to
	// another one; 5 s if zero. Durables that are there keep theirs.
	AckWait time.Duration

	Log      *slog.Logger
	Registry prometheus.Registerer
}

const (
	// DefaultMaxAge is well below the 30 days for which an inbox remembers at least, and long enough for a
	// consumer to be mended.
	DefaultMaxAge = 21 * 24 * time.Hour

	defaultPartitions = 64
	maxPartitions     = 1024
	defaultAckWait    = 5 * time.Second
)

func (c Config) withDefaults() (Config, error) {
	c.Prefix = cmp.Or(c.Prefix, "banyan")
	c.Partitions = cmp.Or(c.Partitions, defaultPartitions)
	c.Replicas = cmp.Or(c.Replicas, 1)
	c.MaxAge = cmp.Or(c.MaxAge, DefaultMaxAge)
	c.MaxBytes = cmp.Or(c.MaxBytes, -1)
	c.AckWait = cmp.Or(c.AckWait, defaultAckWait)
	switch {
	case c.URL == "":
		return c, fmt.Errorf("broker: no URL")
	case strings.ContainsAny(c.Prefix, " .*>\t\r\n/\\"):
		return c, fmt.Errorf("broker: prefix %q holds a character that subjects and streams may not", c.Prefix)
	case c.Partitions < 1 || c.Partitions > maxPartitions:
		return c, fmt.Errorf("broker: %d partitions, must be between 1 and %d", c.Partitions, maxPartitions)
	case c.MaxAge < time.Minute || c.MaxAge > DefaultMaxAge:
		return c, fmt.Errorf("broker: events are to be held for %s, must be between 1m and %s: inboxes remember 30 days", c.MaxAge, DefaultMaxAge)
	case c.AckWait < 100*time.Millisecond:
		return c, fmt.Errorf("broker: acknowledgements are waited for during %s, must be 100ms at least", c.AckWait)
	case (c.CertFile == "") != (c.KeyFile == ""):
		return c, fmt.Errorf("broker: a certificate needs its key, and a key its certificate")
	}
	return c, nil
}

const connectWithin = 2 * time.Second

// options: a connection is used until it is lost, and then another one is made. So nothing that was
// meant for one state of the broker (an event, an acknowledgement) reaches it after it came back in
// another. https://docs.nats.io/using-nats/developer/connecting/reconnect
func (c Config) options(name string, lost func()) []nats.Option {
	options := []nats.Option{
		nats.Name("banyan " + name), nats.NoReconnect(), nats.Timeout(connectWithin),
		nats.PingInterval(5 * time.Second), nats.MaxPingsOutstanding(2), // a peer that is gone without a word
		nats.ClosedHandler(func(*nats.Conn) { lost() }),
		// Without a handler the library prints to standard error.
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}),
	}
	if c.User != "" {
		options = append(options, nats.UserInfo(c.User, c.Password))
	}
	if c.Token != "" {
		options = append(options, nats.Token(c.Token))
	}
	if c.CredsFile != "" {
		options = append(options, nats.UserCredentials(c.CredsFile))
	}
	if c.CAFile != "" {
		options = append(options, nats.RootCAs(c.CAFile))
	}
	if c.CertFile != "" {
		options = append(options, nats.ClientCert(c.CertFile, c.KeyFile))
	}
	return options
}
