package chaos_test

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
)

// network is what lies between instances and their database server: a way for each.
type network struct{ ways []*way }

// way is a port behind which one proxy follows the other. A proxy is never changed while connections go
// through it: toxiproxy 2.12 waits for ever when it adds or removes a toxic at one whose reader has died.
type way struct {
	api      *toxiproxy.ApiServer
	listen   string
	upstream string

	mu    sync.Mutex
	proxy *toxiproxy.Proxy // nil while the way is cut
}

// lay makes so many ways to a server.
func lay(t *testing.T, server string, ways int) *network {
	t.Helper()
	upstream, err := url.Parse(server)
	require.NoError(t, err)
	n := &network{}
	for range ways {
		w := &way{
			api:      toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop()),
			upstream: upstream.Host,
		}
		w.listenAnywhere(t)
		t.Cleanup(w.block)
		n.ways = append(n.ways, w)
	}
	return n
}

// listenAnywhere takes a port that the kernel gives to no outgoing connection (on Linux those have 32768
// and more): one that is let go of by a cut would soon belong to somebody's connection.
func (w *way) listenAnywhere(t *testing.T) {
	t.Helper()
	var err error
	for range 100 {
		w.listen = fmt.Sprint("127.0.0.1:", 12_000+rand.IntN(20_000))
		if err = w.try(""); err == nil {
			return
		}
	}
	require.NoError(t, err)
}

func (w *way) try(toxic string) error {
	p := toxiproxy.NewProxy(w.api, "way", w.listen, w.upstream)
	if toxic != "" {
		if _, err := p.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
			return err
		}
	}
	if err := p.Start(); err != nil {
		return err
	}
	w.proxy = p
	return nil
}

// block breaks all connections, and lets none be made.
func (w *way) block() {
	if w.proxy != nil {
		w.proxy.Stop()
		w.proxy = nil
	}
}

// open lets connections be made, which suffer from a toxic or, if it is empty, from nothing.
func (w *way) open(toxic string) {
	for range 1000 {
		if w.try(toxic) == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	panic("somebody has taken the port of " + w.listen)
}

// by is the server's URL by a way.
func (n *network) by(i int, server string) string {
	u, err := url.Parse(server)
	if err != nil {
		panic(err) // lay has parsed it before
	}
	u.Host = n.ways[i].listen
	return u.String()
}

// disturb breaks all connections of a way. For a while none can be made or, if there is a toxic, those
// that are made suffer from it, and are broken then.
func (w *way) disturb(toxic string, length time.Duration) bool {
	if !w.mu.TryLock() {
		return false // something is wrong with it already
	}
	defer w.mu.Unlock()
	w.block()
	if toxic != "" {
		w.open(toxic)
	}
	time.Sleep(length)
	w.block()
	w.open("")
	return true
}

// frayed ends each connection after some bytes of answers, whatever they belong to: also between a COMMIT
// and its answer, which the client then never hears.
func frayed(r *rand.Rand) string {
	const text = `{"type":"limit_data","stream":"downstream","attributes":{"bytes":%d}}`
	return fmt.Sprintf(text, 100+r.IntN(20_000)) // a greeting has 100
}

// slow holds each answer back.
func slow(r *rand.Rand) string {
	return fmt.Sprintf(`{"type":"latency","stream":"downstream","attributes":{"latency":%d}}`, r.IntN(100))
}
