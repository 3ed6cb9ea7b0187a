package natsd_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/broker/jetstream"
	"github.com/banyan-commerce/banyan/platform/broker/natsd"
)

func TestBrokerAndClientsKnowEachOtherByTheirCertificates(t *testing.T) {
	t.Parallel()
	ours, strangers := newAuthority(t), newAuthority(t)
	server, client, stranger := ours.issue(t, "server"), ours.issue(t, "client"), strangers.issue(t, "client")
	s, err := natsd.Start(natsd.Options{
		Addr: "127.0.0.1:0", Store: t.TempDir(), CertFile: server + ".crt", KeyFile: server + ".key", CAFile: ours.file, Log: discard(),
	})
	require.NoError(t, err)
	defer s.Stop()
	require.True(t, strings.HasPrefix(s.URL(), "tls://"))
	for name, c := range map[string]struct {
		config jetstream.Config
		fits   bool
	}{
		"ours":                    {jetstream.Config{CAFile: ours.file, CertFile: client + ".crt", KeyFile: client + ".key"}, true},
		"a stranger":              {jetstream.Config{CAFile: ours.file, CertFile: stranger + ".crt", KeyFile: stranger + ".key"}, false},
		"nobody":                  {jetstream.Config{CAFile: ours.file}, false},
		"who trusts another side": {jetstream.Config{CAFile: strangers.file, CertFile: client + ".crt", KeyFile: client + ".key"}, false},
	} {
		c.config.URL, c.config.Log, c.config.Registry = s.URL(), discard(), prometheus.NewRegistry()
		b, err := jetstream.New(c.config)
		require.NoError(t, err)
		o, err := b.Open(t.Context(), "desk")
		require.Equal(t, c.fits, err == nil, "%s: %v", name, err)
		if err == nil {
			o.Close()
		}
	}
}

type authority struct {
	dir, file string
	cert      *x509.Certificate
	key       *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{dir: t.TempDir()}
	a.cert = &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a.file = a.sign(t, "authority", a.cert) + ".crt"
	return a
}

// issue makes a certificate for both sides, and answers its files without their endings.
func (a *authority) issue(t *testing.T, name string) string {
	t.Helper()
	return a.sign(t, name, &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: a.cert.NotBefore, NotAfter: a.cert.NotAfter,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	})
}

func (a *authority) sign(t *testing.T, name string, c *x509.Certificate) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	if a.key == nil {
		a.key = key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, a.cert, key.Public(), a.key)
	require.NoError(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	path := filepath.Join(a.dir, name)
	write(t, path+".crt", "CERTIFICATE", der)
	write(t, path+".key", "PRIVATE KEY", secret)
	return path
}

func write(t *testing.T, path, kind string, der []byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
}
