package remote_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/config"
	"github.com/banyan-commerce/banyan/platform/remote"
)

// authority makes certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	file        string
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{file: filepath.Join(t.TempDir(), "ca.pem")}
	var err error
	a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true,
		NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	require.NoError(t, err)
	a.certificate, err = x509.ParseCertificate(der)
	require.NoError(t, err)
	save(t, a.file, "CERTIFICATE", der)
	return a
}

func save(t *testing.T, file, kind string, der []byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
}

// settings are of a process with a certificate of a, that takes those of ca.
func (a *authority) settings(t *testing.T, ca *authority) config.Config {
	t.Helper()
	dir := t.TempDir()
	c := config.Config{PeerCert: filepath.Join(dir, "cert.pem"), PeerKey: filepath.Join(dir, "key.pem"), PeerCA: ca.file}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(2), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, a.certificate, &key.PublicKey, a.key)
	require.NoError(t, err)
	save(t, c.PeerCert, "CERTIFICATE", der)
	der, err = x509.MarshalECPrivateKey(key)
	require.NoError(t, err)
	save(t, c.PeerKey, "EC PRIVATE KEY", der)
	return c
}

func TestProcessesKnowEachOtherByTheirCertificates(t *testing.T) {
	t.Parallel()
	ours, theirs := newAuthority(t), newAuthority(t)
	serving, err := ours.settings(t, ours).PeerTLS()
	require.NoError(t, err)
	m, _ := meter(t)
	server := remote.NewServer(remote.ServerOptions{Contracts: serves(m, always(nil)), TLS: serving, Log: slog.New(slog.DiscardHandler), Now: time.Now})
	at, err := server.Start(t.Context(), "0.0.0.0:0")
	require.NoError(t, err, "certificates make it safe beyond this machine")
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })
	address := &url.URL{Scheme: "https", Host: net.JoinHostPort("127.0.0.1", port(t, at))}
	call := func(c config.Config) error {
		calling, err := c.PeerTLS()
		require.NoError(t, err)
		peers := remote.NewPeers(remote.PeerOptions{
			Addresses: map[string][]*url.URL{"library": {address}}, TLS: calling, Meter: m, Now: time.Now,
		})
		defer peers.Close()
		peer, err := peers.Find(contract())
		require.NoError(t, err)
		_, err = remote.Bind(peer, sell()).Do(t.Context(), wish{})
		return err
	}
	require.NoError(t, call(ours.settings(t, ours)))
	require.ErrorIs(t, call(theirs.settings(t, ours)), remote.ErrUnreachable, "a caller's certificate of somebody else")
	require.ErrorIs(t, call(ours.settings(t, theirs)), remote.ErrUnreachable, "a callee's certificate of somebody else")
}

func port(t *testing.T, at net.Addr) string {
	t.Helper()
	_, p, err := net.SplitHostPort(at.String())
	require.NoError(t, err)
	return p
}

func TestCertificatesThatCantBeReadAreNamedByTheirSetting(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	c := a.settings(t, a)
	c.PeerCA = c.PeerKey
	_, err := c.PeerTLS()
	require.ErrorContains(t, err, "BANYAN_PEER_CA: ")
	c.PeerKey = a.file
	_, err = c.PeerTLS()
	require.ErrorContains(t, err, "BANYAN_PEER_CERT and BANYAN_PEER_KEY: ")
}
