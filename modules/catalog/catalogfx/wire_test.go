package catalogfx_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/modules/catalog/catalogfx"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event/eventtest"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/remote"
	"github.com/banyan-commerce/banyan/platform/remote/remotetest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const calls = "../testdata/calls"

// served is the contract in front of a catalog on a database of its own.
func served(t *testing.T) (remote.Served, *place) {
	t.Helper()
	p := &place{store: dbtest.Only(t, sqldb.SQLite).MigratedURL(t, "catalog")}
	h := p.host(t)
	require.Len(t, h.Served, 1)
	return h.Served[0], p
}

func TestEachMethodOfTheContractIsServedAndCalledByItsName(t *testing.T) {
	t.Parallel()
	s, _ := served(t)
	require.Equal(t, remote.Contract{Module: catalog.Manifest().Name, Version: 1}, s.Contract)
	remotetest.Complete(t, s, func(p *remote.Peers) catalog.Service { return client(t, p) })
}

func TestWithoutAnAddressTheProgramIsNotPutTogether(t *testing.T) {
	t.Parallel()
	peers := remote.NewPeers(remote.PeerOptions{Meter: remotetest.Meter(t)})
	err := fx.New(fx.NopLogger, catalogfx.Remote(), fx.Supply(peers), fx.Invoke(func(catalog.Service) {})).Err()
	require.ErrorContains(t, err, "call module catalog: BANYAN_PEERS names no address of it")
}

func example() remotetest.Example {
	order := id.Floor(time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC))
	product := catalog.ProductID{UUID: id.Floor(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))}
	until := time.Date(2026, 3, 2, 9, 45, 0, 0, time.UTC)
	price, total := won(1000), won(2000)
	return remotetest.Example{
		Method: "Reserve",
		Request: catalog.ReserveRequest{
			Key: "3f1c", OrderID: order, Lines: []catalog.ReserveLine{{SKU: "TEA", Quantity: 2}},
			Currency: "KRW", ExpectedTotal: &total, HoldUntil: until,
		},
		Response: catalog.Reservation{
			OrderID: order, HoldUntil: until, Total: total,
			Lines: []catalog.PricedLine{{SKU: "TEA", ProductID: product, Name: "Tea", Quantity: 2, UnitPrice: price, Total: total}},
		},
	}
}

func TestCallsStayReadable(t *testing.T) {
	t.Parallel()
	s, _ := served(t)
	remotetest.Golden(t, calls, s, example())
}

// forms are all that callers and callees of this version have ever sent, the oldest first.
func forms(t *testing.T, c remote.Contract, part string) [][]byte {
	t.Helper()
	all, err := remotetest.Files{Dir: calls, Contract: c, Method: "Reserve", Part: part}.Read()
	require.NoError(t, err)
	require.NotEmpty(t, all)
	return all
}

// newer adds one with a field more.
func newer(forms [][]byte) [][]byte { return append(forms, eventtest.Widened(forms[len(forms)-1])) }

func TestOlderAndNewerCallersAreAnsweredAsTheyExpect(t *testing.T) {
	t.Parallel()
	s, p := served(t)
	p.sells(t, "KRW", 1000, "TEA")
	server := remotetest.Server(t, s)
	for _, request := range newer(forms(t, s.Contract, "request")) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/banyan.catalog.v1/Reserve", bytes.NewReader(request))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		require.Equal(t, http.StatusOK, w.Code, w.Body)
		for _, response := range forms(t, s.Contract, "response") {
			require.Empty(t, eventtest.Losses(response, w.Body.Bytes()))
		}
	}
	require.Equal(t, 2, p.held(t), "all of them are one call")
}

func TestAnswersOfOlderAndNewerCatalogsAreRead(t *testing.T) {
	t.Parallel()
	s, _ := served(t)
	old := forms(t, s.Contract, "response")
	for _, response := range newer(old) {
		got := answeredBy(t, response)
		text, err := json.Marshal(got)
		require.NoError(t, err)
		require.Empty(t, eventtest.Losses(old[0], text), "what the first form had is still read")
	}
	require.Equal(t, example().Response, answeredBy(t, eventtest.Widened(old[len(old)-1])))
}

// answeredBy is what a caller of today reads in an answer.
func answeredBy(t *testing.T, response []byte) catalog.Reservation {
	t.Helper()
	callee := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(response)
	}))
	defer callee.Close()
	got, err := client(t, remotetest.Peers(t, "catalog", callee.URL, nil)).Reserve(t.Context(), catalog.ReserveRequest{})
	require.NoError(t, err)
	return got
}
