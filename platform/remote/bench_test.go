package remote_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/money"
	"github.com/banyan-commerce/banyan/platform/remote"
	"github.com/banyan-commerce/banyan/platform/route"
)

// What a call and its answer are to an order with three lines.
type (
	wanted struct {
		Key     string
		OrderID id.UUID
		Lines   []wantedLine
		Until   time.Time
	}
	wantedLine struct {
		SKU      string
		Quantity int64
	}
	priced struct {
		OrderID id.UUID
		Until   time.Time
		Lines   []pricedLine
		Total   money.Money
	}
	pricedLine struct {
		SKU              string
		Product          id.UUID
		Name             string
		Quantity         int64
		UnitPrice, Total money.Money
	}
)

func order() wanted {
	w := wanted{Key: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", OrderID: id.New(), Until: time.Now()}
	for i := range 3 {
		w.Lines = append(w.Lines, wantedLine{fmt.Sprintf("DAWN-RIDGE-250G-%d", i), 1})
	}
	return w
}

func price(_ context.Context, w wanted) (priced, error) {
	p := priced{OrderID: w.OrderID, Until: w.Until, Total: money.Money{Amount: 3450, Currency: "EUR"}}
	for _, l := range w.Lines {
		each := money.Money{Amount: 1150, Currency: "EUR"}
		p.Lines = append(p.Lines, pricedLine{l.SKU, w.OrderID, "Dawn Ridge, 250 g", l.Quantity, each, each})
	}
	return p, nil
}

func reserve() remote.Method[wanted, priced] {
	return remote.Method[wanted, priced]{Name: "Reserve", Idempotent: true, Key: func(w wanted) string { return w.Key }}
}

type calling func(context.Context, wanted) (priced, error)

// inProcess is a method where its module is hosted: another process is known, and has no share.
func inProcess(b *testing.B) calling {
	b.Helper()
	m, err := boundary.NewMeter(time.Now, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	require.NoError(b, err)
	table, err := route.NewTable(route.Options{
		Modules: []string{"library"}, Hosted: []string{"library"}, Settings: route.Settings{Peers: map[string][]string{"library": {"http://127.0.0.1:1"}}},
		Now: time.Now, Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(),
	})
	require.NoError(b, err)
	peers := remote.NewPeers(remote.PeerOptions{
		Addresses: map[string][]*url.URL{"library": {{Scheme: "http", Host: "127.0.0.1:1"}}}, Meter: m, Now: time.Now, Table: table,
	})
	return remote.Share(peers.Beside(contract()), reserve(), price).Do
}

func remotely(b *testing.B, scheme, secret string) calling {
	b.Helper()
	s := remote.NewServer(remote.ServerOptions{
		Contracts: []remote.Served{remote.Serve(contract(), remote.Handle(reserve(), inProcess(b)))}, Secret: secret,
		Log: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	at, err := s.Start(b.Context(), "127.0.0.1:0")
	require.NoError(b, err)
	m, err := boundary.NewMeter(time.Now, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	require.NoError(b, err)
	peers := remote.NewPeers(remote.PeerOptions{
		Addresses: map[string][]*url.URL{"library": {{Scheme: scheme, Host: at.String()}}}, Secret: secret, Meter: m, Now: time.Now,
	})
	b.Cleanup(func() {
		peers.Close()
		require.NoError(b, s.Stop(context.Background()))
	})
	peer, err := peers.Find(contract())
	require.NoError(b, err)
	return remote.Bind(peer, reserve()).Do
}

type plain struct{}

func (plain) Name() string                       { return "json" }
func (plain) Marshal(v any) ([]byte, error)      { return json.Marshal(v) }
func (plain) Unmarshal(text []byte, v any) error { return json.Unmarshal(text, v) }

// bare is Connect alone: the same structs, no caller, no token, no limits, no breaker. It does not compress
// either, as calls of this size don't; Connect by itself would.
func bare(b *testing.B) calling {
	b.Helper()
	handler := connect.NewUnaryHandler("/x/Reserve", func(ctx context.Context, r *connect.Request[wanted]) (*connect.Response[priced], error) {
		p, err := price(ctx, *r.Msg)
		return connect.NewResponse(&p), err
	}, connect.WithCodec(plain{}), connect.WithCompressMinBytes(16<<10))
	s := httptest.NewServer(handler)
	b.Cleanup(s.Close)
	transport := &http.Transport{MaxIdleConnsPerHost: 128, DialContext: (&net.Dialer{}).DialContext}
	b.Cleanup(transport.CloseIdleConnections)
	c := connect.NewClient[wanted, priced](&http.Client{Transport: transport}, s.URL+"/x/Reserve", connect.WithCodec(plain{}))
	return func(ctx context.Context, w wanted) (priced, error) {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		r, err := c.CallUnary(ctx, connect.NewRequest(&w))
		if err != nil {
			return priced{}, err
		}
		return *r.Msg, nil
	}
}

func BenchmarkCall(b *testing.B) {
	for name, call := range map[string]calling{
		"1 direct": price, "2 in process": inProcess(b), "3 bare Connect": bare(b), "4 remote": remotely(b, "http", secret),
		"5 remote, no token": remotely(b, "http", ""), "6 remote, h2c": remotely(b, "h2c", secret),
	} {
		b.Run(name, func(b *testing.B) {
			w := order()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := call(b.Context(), w); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// The two take turns, so that whatever else the machine does slows both. Ratios are of medians.
func BenchmarkRatio(b *testing.B) {
	near, far, wire := inProcess(b), remotely(b, "http", secret), bare(b)
	w := order()
	took := func(call calling) time.Duration {
		begin := time.Now()
		_, err := call(b.Context(), w)
		require.NoError(b, err)
		return time.Since(begin)
	}
	var directs, nears, fars, wires []time.Duration
	for b.Loop() {
		directs, nears = append(directs, took(price)), append(nears, took(near))
		fars, wires = append(fars, took(far)), append(wires, took(wire))
	}
	median := func(all []time.Duration) float64 {
		slices.Sort(all)
		return float64(all[len(all)/2].Nanoseconds())
	}
	b.ReportMetric(median(nears)-median(directs), "ns-in-process-over-direct")
	b.ReportMetric(median(wires), "ns-bare")
	b.ReportMetric(median(fars), "ns-remote")
	b.ReportMetric(median(fars)/median(wires), "remote/bare")
}
