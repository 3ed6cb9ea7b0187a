package jetstream_test

import (
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"
)

// natsServer is a NATS server on a port of its own, which is stopped and started on the same store.
type natsServer struct {
	t    testing.TB
	sync bool // before anything is confirmed
	dir  string
	port int

	mu      sync.Mutex
	running *server.Server
}

func newNATS(tb testing.TB, sync bool) *natsServer {
	tb.Helper()
	n := &natsServer{t: tb, sync: sync, dir: tb.TempDir(), port: server.RANDOM_PORT}
	n.start()
	tb.Cleanup(n.stop)
	return n
}

func (n *natsServer) start() {
	n.mu.Lock()
	defer n.mu.Unlock()
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: n.port, JetStream: true, StoreDir: n.dir, NoSigs: true, NoLog: true,
		SyncInterval: time.Minute, SyncAlways: n.sync,
	})
	require.NoError(n.t, err)
	go s.Start()
	require.True(n.t, s.ReadyForConnections(20*time.Second))
	n.port = s.Addr().(*net.TCPAddr).Port
	n.running = s
}

func (n *natsServer) stop() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.running != nil {
		n.running.Shutdown()
		n.running.WaitForShutdown()
	}
	n.running = nil
}

// wipe empties the store of a stopped server.
func (n *natsServer) wipe() {
	n.t.Helper()
	require.NoError(n.t, os.RemoveAll(n.dir+"/jetstream"))
}

func (n *natsServer) address() string { return "127.0.0.1:" + strconv.Itoa(n.port) }
func (n *natsServer) url() string     { return "nats://" + n.address() }

// cable is a process's way to the server. One that is cut carries nothing any more: for the server, the
// process was killed.
type cable struct {
	t      testing.TB
	listen net.Listener
	to     string

	refused atomic.Int32 // who came while the server was away
	delay   atomic.Int64 // nanoseconds, of each piece that is carried

	mu    sync.Mutex
	cut   bool
	conns []net.Conn
}

func newCable(tb testing.TB, to string) *cable {
	tb.Helper()
	l, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	c := &cable{t: tb, listen: l, to: to}
	go c.serve()
	tb.Cleanup(c.sever)
	return c
}

func (c *cable) url() string { return "nats://" + c.listen.Addr().String() }

func (c *cable) serve() {
	for {
		near, err := c.listen.Accept()
		if err != nil {
			return
		}
		far, err := new(net.Dialer).DialContext(c.t.Context(), "tcp", c.to)
		if err != nil {
			c.refused.Add(1)
			hangUp(near)
			continue
		}
		if !c.join(near, far) {
			return
		}
	}
}

func (c *cable) join(near, far net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cut {
		hangUp(near, far)
		return false
	}
	c.conns = append(c.conns, near, far)
	for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
		go func() {
			_, _ = io.Copy(slowed{way[0], &c.delay}, way[1]) // until either hangs up
			hangUp(near, far)
		}()
	}
	return true
}

// slowed carries each piece after a delay.
type slowed struct {
	net.Conn

	delay *atomic.Int64
}

func (s slowed) Write(piece []byte) (int, error) {
	if delay := s.delay.Load(); delay > 0 {
		<-time.After(time.Duration(delay))
	}
	return s.Conn.Write(piece)
}

// ReadFrom would let the kernel carry everything at once.
func (s slowed) ReadFrom(r io.Reader) (int64, error) {
	return io.Copy(struct{ io.Writer }{s}, struct{ io.Reader }{r})
}

// shake breaks what is connected now.
func (c *cable) shake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	hangUp(c.conns...)
	c.conns = nil
}

func (c *cable) sever() {
	c.mu.Lock()
	c.cut = true
	c.mu.Unlock()
	_ = c.listen.Close() // it may be closed already
	c.shake()
}

// hangUp closes connections, which may be closed already.
func hangUp(conns ...net.Conn) {
	for _, conn := range conns {
		_ = conn.Close()
	}
}
