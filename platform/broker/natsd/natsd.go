// Package natsd runs a NATS server with JetStream inside this process: the broker for those who have
// none. It confirms an event when that is on the disk, and so needs nobody to keep it elsewhere.
package natsd

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Options say where a server listens, and for whom.
type Options struct {
	Addr  string // HOST:PORT; port 0 takes a free one
	Store string // folder; it is made
	Token string // what clients must know; required with TLS or without it on other addresses than loopback, unless CAFile is set

	CertFile, KeyFile string // TLS, if set
	CAFile            string // who signs clients' certificates, which are demanded then

	Log *slog.Logger
}

// Server is a running server.
type Server struct {
	inner  *server.Server
	secure bool
}

// ErrOpen says that a server would be there for everybody.
var ErrOpen = errors.New("a broker on another address than loopback needs a token, or a certificate authority that signs its clients' certificates")

const readyWithin = 20 * time.Second

// Start runs a server until Stop. It returns ErrOpen, and an error when the address or the store can't
// be had.
func Start(o Options) (*Server, error) {
	c, err := o.configure()
	if err != nil {
		return nil, err
	}
	inner, err := server.NewServer(c)
	if err != nil {
		return nil, fmt.Errorf("start broker: %w", err)
	}
	log := &logger{log: o.Log, fatal: make(chan string, 1)}
	inner.SetLoggerV2(log, false, false, false)
	inner.Start() // answers when it has started, or has told the log why not
	if len(log.fatal) == 0 && inner.ReadyForConnections(readyWithin) {
		return &Server{inner: inner, secure: c.TLSConfig != nil}, nil
	}
	inner.Shutdown()
	select {
	case problem := <-log.fatal:
		return nil, fmt.Errorf("start broker: %s", problem)
	default:
		return nil, fmt.Errorf("start broker: not ready after %s", readyWithin)
	}
}

func (o Options) configure() (*server.Options, error) {
	host, port, err := net.SplitHostPort(o.Addr)
	if err != nil {
		return nil, fmt.Errorf("broker's address: %w", err)
	}
	n, err := strconv.Atoi(port)
	if err != nil || n < 0 || n > 65535 {
		return nil, fmt.Errorf("broker's address: %q is no port", port)
	}
	if !net.ParseIP(host).IsLoopback() && o.Token == "" && o.CAFile == "" {
		return nil, ErrOpen
	}
	c := &server.Options{
		ServerName: "banyan-broker", Host: host, Port: cmp.Or(n, server.RANDOM_PORT),
		Authorization: o.Token, NoSigs: true, DisableJetStreamBanner: true,
		JetStream: true, StoreDir: o.Store,
		// Without it the server confirms first and syncs every two minutes: what was confirmed would be lost
		// with the power. https://docs.nats.io/running-a-nats-service/configuration#jetstream (sync_interval)
		SyncAlways: true,
	}
	if c.TLSConfig, err = o.tls(); err != nil {
		return nil, fmt.Errorf("broker's certificates: %w", err)
	}
	if c.TLSConfig != nil {
		c.TLS, c.TLSVerify, c.TLSTimeout = true, o.CAFile != "", 5 // seconds
	}
	return c, nil
}

func (o Options) tls() (*tls.Config, error) {
	if o.CertFile == "" && o.KeyFile == "" {
		if o.CAFile != "" {
			return nil, errors.New("to see clients' certificates it needs one of its own, and its key")
		}
		return nil, nil //nolint:nilnil // no TLS
	}
	own, err := tls.LoadX509KeyPair(o.CertFile, o.KeyFile)
	if err != nil {
		return nil, err
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{own}}
	if o.CAFile == "" {
		return c, nil
	}
	pem, err := os.ReadFile(o.CAFile)
	if err != nil {
		return nil, err
	}
	c.ClientCAs, c.ClientAuth = x509.NewCertPool(), tls.RequireAndVerifyClientCert
	if !c.ClientCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate", o.CAFile)
	}
	return c, nil
}

// URL is where clients find it; a token is not in it.
func (s *Server) URL() string {
	u := url.URL{Scheme: "nats", Host: s.inner.Addr().String()}
	if s.secure {
		u.Scheme = "tls"
	}
	return u.String()
}

// Stop ends the connections and closes the store. What was confirmed is on the disk already, and what
// was not is published again.
func (s *Server) Stop() {
	s.inner.Shutdown()
	s.inner.WaitForShutdown()
}

// logger hands on what the server says.
type logger struct {
	log   *slog.Logger
	fatal chan string
}

func (l *logger) Noticef(format string, v ...any) {
	l.log.Debug("broker", slog.String("says", fmt.Sprintf(format, v...)))
}

func (l *logger) Warnf(format string, v ...any) {
	l.log.Warn("broker", slog.String("says", fmt.Sprintf(format, v...)))
}

func (l *logger) Errorf(format string, v ...any) {
	l.log.Error("broker", slog.String("says", fmt.Sprintf(format, v...)))
}

func (l *logger) Fatalf(format string, v ...any) {
	l.Errorf(format, v...)
	select {
	case l.fatal <- fmt.Sprintf(format, v...):
	default:
	}
}

func (l *logger) Debugf(string, ...any) {}
func (l *logger) Tracef(string, ...any) {}
