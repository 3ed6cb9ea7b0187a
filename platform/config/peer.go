package config

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
)

// Peers are the addresses of modules that other processes host: catalog=http://10.0.0.5:8081,http://10.0.0.6:8081;payment=https://pay:8081
type Peers map[string][]*url.URL

// UnmarshalText reads modules with their addresses. It returns an error that names each bad entry.
func (p *Peers) UnmarshalText(text []byte) error {
	*p = Peers{}
	var problems []string
	for entry := range strings.SplitSeq(strings.TrimRight(string(text), "; "), ";") {
		module, list, _ := strings.Cut(entry, "=")
		module = strings.TrimSpace(module)
		if module == "" || list == "" || (*p)[module] != nil {
			problems = append(problems, fmt.Sprintf("%q is no module=address,address;..., each module once", strings.TrimSpace(entry)))
			continue
		}
		(*p)[module] = []*url.URL{}
		for address := range strings.SplitSeq(list, ",") {
			at, err := peerAddress(strings.TrimSpace(address))
			if err != nil {
				problems = append(problems, fmt.Sprintf("%s: %v", module, err))
				continue
			}
			(*p)[module] = append((*p)[module], at)
		}
	}
	if len(problems) > 0 {
		return errors.New(strings.Join(problems, ", and "))
	}
	return nil
}

// errPeerAddress does not repeat the address: somebody may have written a password into it.
var errPeerAddress = errors.New("an address is http://HOST:PORT, h2c://HOST:PORT or https://HOST:PORT, and nothing more")

func peerAddress(text string) (*url.URL, error) {
	at, err := url.Parse(text)
	if err != nil || at.Hostname() == "" || at.Port() == "" || at.User != nil || strings.Trim(at.Path, "/")+at.RawQuery+at.Fragment != "" ||
		!slices.Contains([]string{"http", "h2c", "https"}, at.Scheme) {
		return nil, errPeerAddress
	}
	return &url.URL{Scheme: at.Scheme, Host: at.Host}, nil
}

// Texts are the addresses as they are written, by module.
func (p Peers) Texts() map[string][]string {
	all := make(map[string][]string, len(p))
	for module, list := range p {
		for _, at := range list {
			all[module] = append(all[module], at.String())
		}
	}
	return all
}

// String writes the setting again.
func (p Peers) String() string {
	var entries []string
	for _, module := range slices.Sorted(maps.Keys(p)) {
		var list []string
		for _, at := range p[module] {
			list = append(list, at.String())
		}
		entries = append(entries, module+"="+strings.Join(list, ","))
	}
	return strings.Join(entries, ";")
}

// LogValue is String.
func (p Peers) LogValue() slog.Value { return slog.StringValue(p.String()) }

// checkPeers looks at what stands between processes. Without a secret and without certificates they trust
// whoever reaches them: that may be this machine alone.
func (c Config) checkPeers(modules []string) []error {
	var problems []error
	refuse := func(bad bool, text string) {
		if bad {
			problems = append(problems, errors.New(text))
		}
	}
	_, port, err := net.SplitHostPort(c.PeerAddr)
	refuse(c.PeerAddr != "" && err != nil, "BANYAN_PEER_ADDR: must be HOST:PORT")
	refuse(c.PeerAddr != "" && c.PeerAddr == c.Addr && port != "0", "BANYAN_PEER_ADDR: must differ from BANYAN_ADDR: calls between processes are not for clients")
	refuse(c.PeerSecret != "" && len(c.PeerSecret) < minSecret, fmt.Sprintf("BANYAN_PEER_SECRET: needs at least %d characters", minSecret))
	files := []string{c.PeerCert, c.PeerKey, c.PeerCA}
	certified := !slices.Contains(files, "")
	refuse(!certified && strings.Join(files, "") != "", "BANYAN_PEER_CERT: wants BANYAN_PEER_KEY and BANYAN_PEER_CA beside it, and they want it")
	trusted := c.PeerSecret != "" || certified
	refuse(c.PeerAddr != "" && err == nil && !trusted && !loopback(c.PeerAddr),
		"BANYAN_PEER_ADDR: is no loopback address, so that BANYAN_PEER_SECRET must be set, or BANYAN_PEER_CERT, BANYAN_PEER_KEY and BANYAN_PEER_CA")
	for _, module := range slices.Sorted(maps.Keys(c.Routes)) {
		refuse(!slices.Contains(modules, module), fmt.Sprintf("BANYAN_ROUTES: there is no module %q", module))
	}
	for _, module := range slices.Sorted(maps.Keys(c.Peers)) {
		refuse(!slices.Contains(modules, module), fmt.Sprintf("BANYAN_PEERS: there is no module %q", module))
		for _, at := range c.Peers[module] {
			refuse(at.Scheme != "https" && c.PeerSecret == "" && !loopback(at.Host),
				fmt.Sprintf("BANYAN_PEERS: %s of %s is no loopback address (as 127.0.0.1:8081), so that BANYAN_PEER_SECRET must be set, or https used", at, module))
			refuse(at.Scheme == "https" && !certified,
				fmt.Sprintf("BANYAN_PEERS: %s of %s wants BANYAN_PEER_CERT, BANYAN_PEER_KEY and BANYAN_PEER_CA", at, module))
		}
	}
	return problems
}

// PeerTLS is how processes know each other by certificates: each shows its own, and takes those of
// BANYAN_PEER_CA alone. It is nil if none are set. It returns an error that names the setting.
func (c Config) PeerTLS() (*tls.Config, error) {
	if c.PeerCert == "" {
		return nil, nil //nolint:nilnil // none is wanted
	}
	own, err := tls.LoadX509KeyPair(c.PeerCert, c.PeerKey)
	if err != nil {
		return nil, fmt.Errorf("BANYAN_PEER_CERT and BANYAN_PEER_KEY: %w", err)
	}
	text, err := os.ReadFile(c.PeerCA)
	if err != nil {
		return nil, fmt.Errorf("BANYAN_PEER_CA: %w", err)
	}
	authorities := x509.NewCertPool()
	if !authorities.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("BANYAN_PEER_CA: %s holds no certificate", c.PeerCA)
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{own},
		RootCAs: authorities, ClientCAs: authorities, ClientAuth: tls.RequireAndVerifyClientCert,
	}, nil
}
