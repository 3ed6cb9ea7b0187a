package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/internal/assembly"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/directory"
	"github.com/banyan-commerce/banyan/platform/directory/readiness"
)

func TestAQuestionAboutReadinessThatCanNotBeAnsweredSaysWhy(t *testing.T) {
	t.Parallel()
	nobody := []string{"BANYAN_ADDR=127.0.0.1:1", "BANYAN_DB=sqlite:" + t.TempDir() + "/shop"}
	for _, c := range []struct {
		environ []string
		args    []string
		says    []string
	}{
		{nil, []string{"--readiness", "paymnet"}, append(assembly.ModuleNames(), `"paymnet"`, "did you mean payment?")},
		{nil, []string{"--readiness", "attic"}, append(assembly.ModuleNames(), `"attic"`)},
		{nil, []string{"--readiness", ""}, []string{`no module ""`}},
		{nil, []string{"--readiness", "payment", "order"}, []string{"--readiness MODULE", "order"}},
		{nil, []string{"--calibrate"}, []string{"--readiness MODULE --calibrate"}},
		{nil, []string{"--readiness", "payment", "--live"}, []string{"readiness", "live"}},
		{nobody, []string{"--readiness", "payment"}, []string{"no server answers at 127.0.0.1:1", "BANYAN_ADDR"}},
		{wrongSettings(), []string{"--readiness", "payment"}, []string{"BANYAN_NOSUCH"}},
	} {
		code, stdout, stderr := quickly(t, c.environ, append([]string{"modules"}, c.args...)...)
		require.Equal(t, 1, code, stdout)
		for _, says := range c.says {
			require.Contains(t, stderr, says)
		}
		require.NotContains(t, stderr, "has the database files")
	}
	_, err := os.Stat(strings.TrimPrefix(nobody[1], "BANYAN_DB=sqlite:"))
	require.ErrorIs(t, err, os.ErrNotExist, "a shop that never ran stays untouched")
}

// known is a report with something of everything.
func known() readiness.Report {
	times := func(p50, p99 float64) *readiness.Times { return &readiness.Times{P50: p50, P99: p99} }
	n := func(v float64) *float64 { return &v }
	size := int64(81920)
	r := readiness.Report{
		Module: "catalog",
		Observed: readiness.Observed{
			Since: time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC), Seconds: 3725, Unit: "order.placed", Orders: 1200, Hosts: []string{"catalog", "order"},
		},
		Calls: []readiness.Call{
			{From: "order", To: "catalog", Method: "Price", Count: 6000, Failed: 3, Repeated: 4800, PerOrder: n(5), Now: times(0.1, 0.4), Chatty: "5.0 for each order, more than 3"},
			{From: "order", To: "catalog", Method: "Reserve", Count: 1200, PerOrder: n(1), Bytes: &readiness.CallBytes{Request: 300, Answer: 512}, Now: times(2, 5)},
		},
		Events: []readiness.Event{
			{From: "order", To: "catalog", Type: "order.placed", Count: 1200, PerOrder: n(1), Bytes: n(413), Now: times(1.5, 6)},
			{From: "catalog", To: "order", Type: "catalog.reservation_lost", Count: 2},
		},
		Journey: &readiness.Journey{Name: "place -> confirmed", Crosses: []string{"order -> catalog.Reserve"}, Now: times(8, 20)},
		Data: &readiness.Data{
			Engine: "mysql", Bytes: 1 << 21, Tables: []directory.TableSize{{Name: "product", Rows: 27000, Estimated: true, Bytes: &size}, {Name: "sku", Rows: 100_000, AtLeast: true}},
		},
		Edges: []readiness.Edge{{Kind: readiness.Undeclared, What: "catalog -> order.Ask: Calls of catalog's manifest does not name order"}, {Kind: readiness.Unseen, What: "shipping ~> catalog shipping.shipped"}},
		Decisions: []readiness.Decision{
			{Stages: []int{1, 2, 4}, Weight: readiness.Blocks, Title: "undeclared edges", What: "declare them"},
			{Stages: []int{3}, Weight: readiness.First, Title: "migrations", What: "2 have not run\x1b[31m"},
			{Stages: []int{1}, Weight: readiness.Know, Title: "its requests", What: "6 operations"},
		},
		Verdicts: []readiness.Verdict{
			{Stage: 1, Name: "process", Verdict: "not ready", Because: []string{"undeclared edges"}},
			{Stage: 2, Name: "share", Verdict: "not ready", Because: []string{"undeclared edges"}},
			{Stage: 3, Name: "data", Verdict: "ready after", Because: []string{"migrations"}},
			{Stage: 4, Name: "code", Verdict: "not ready", Because: []string{"undeclared edges"}},
		},
	}
	return r.Predict(readiness.Costs{Of: "a machine of these tests", Call: readiness.Times{P50: 0.5, P99: 2}, KiB: 0.02, Event: readiness.Times{P50: 2, P99: 5}})
}

// answering is a server that tells the same report to whoever asks.
func answering(t *testing.T, r readiness.Report) []string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if request.URL.Path == readiness.Route(r.Module) {
			_ = json.NewEncoder(w).Encode(r)
		}
	}))
	t.Cleanup(server.Close)
	return append(tokens(), "BANYAN_DB=sqlite:"+t.TempDir(), "BANYAN_ADDR="+strings.TrimPrefix(server.URL, "http://"))
}

func TestAReportIsPrintedAsItAlwaysWas(t *testing.T) {
	t.Parallel()
	nothing := readiness.Report{
		Module: "payment", Observed: readiness.Observed{Nothing: true, Since: time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC), Seconds: 9, Hosts: []string{"payment"}},
		Decisions: []readiness.Decision{{Stages: []int{1}, Weight: readiness.First, Title: "an observation", What: "nothing was observed of it"}},
		Verdicts:  []readiness.Verdict{{Stage: 1, Name: "process", Verdict: "ready after", Because: []string{"an observation"}}},
	}
	for file, r := range map[string]readiness.Report{"readiness.txt": known(), "readiness-nothing.txt": nothing} {
		environ := answering(t, r)
		want, err := os.ReadFile(filepath.Join("testdata", file))
		require.NoError(t, err)
		require.Equal(t, string(want), operate(t, environ, "modules", "--readiness", r.Module), file)
		var printed readiness.Report
		require.NoError(t, json.Unmarshal([]byte(operate(t, environ, "modules", "--readiness", r.Module, "--json")), &printed))
		require.Equal(t, r, printed)
	}
}

func TestCostsThatAreMeasuredHereTakeThePlaceOfTheReferences(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("some seconds of measuring")
	}
	r, disk := known(), t.TempDir()
	environ := append(answering(t, r), "BANYAN_BROKER_STORE="+filepath.Join(disk, "not", "yet"))
	var printed readiness.Report
	require.NoError(t, json.Unmarshal([]byte(operate(t, environ, "modules", "--readiness", "catalog", "--calibrate", "--json")), &printed))
	require.Contains(t, printed.Costs.Of, "this machine")
	require.NotEqual(t, r.Journey.After, printed.Journey.After)
	require.Equal(t, r.Journey.Now, printed.Journey.Now)
	left, err := os.ReadDir(disk)
	require.NoError(t, err)
	require.Empty(t, left, "nothing is left behind")
}

func TestARunningShopTellsWhatTakingAModuleOutWouldCost(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		database := e.MigratedURL(t, assembly.ModuleNames()...)
		s := open(t, database, append(tokens(), dbtest.Settings(database)...)...)
		environ := append(tokens(), "BANYAN_DB="+database, "BANYAN_ADDR="+strings.TrimPrefix(s.url, "http://"))
		require.Contains(t, operate(t, environ, "modules", "--readiness", "shipping"), "Nothing was observed of shipping")
		importRoasters(t, s)
		for range 3 {
			require.Equal(t, "confirmed", s.place(t).Status)
		}
		of := func(name string) readiness.Report {
			var r readiness.Report
			require.NoError(t, json.Unmarshal([]byte(operate(t, environ, "modules", "--readiness", name, "--json")), &r))
			require.Equal(t, int64(3), r.Observed.Orders)
			require.Equal(t, string(e.Kind), r.Data.Engine)
			require.Zero(t, r.Data.Migrations)
			require.Empty(t, r.Data.Strangers, "all tables are made by migrations")
			for _, edge := range r.Edges {
				require.Equal(t, readiness.Unseen, edge.Kind)
			}
			return r
		}
		catalog := of("catalog")
		require.Len(t, catalog.Calls, 1)
		reserve := catalog.Calls[0]
		require.Equal(t, "order -> catalog.Reserve", reserve.String())
		require.InDelta(t, 1, *reserve.PerOrder, 0)
		require.Empty(t, reserve.Chatty)
		require.Greater(t, reserve.Bytes.Request, 100.0)
		require.Greater(t, reserve.Bytes.Answer, 100.0)
		require.Greater(t, reserve.After.P50, reserve.Now.P50)
		require.Equal(t, []string{"order -> catalog.Reserve"}, catalog.Journey.Crosses)

		payment := of("payment")
		require.Empty(t, payment.Calls)
		require.Len(t, payment.Events, 2)
		for _, heard := range payment.Events {
			require.InDelta(t, 1, *heard.PerOrder, 0)
			require.Greater(t, *heard.Bytes, 100.0)
			require.Positive(t, heard.Now.P50)
		}
		require.Equal(t, []string{"order ~> payment order.placed", "payment ~> order payment.authorized"}, payment.Journey.Crosses)
		require.Positive(t, payment.Journey.Now.P50)
		require.InDelta(t, payment.Journey.Now.P50+2*payment.Costs.Event.P50, payment.Journey.After.P50, 0.002)
		require.Contains(t, payment.Verdicts[0].Because, "a broker")
	})
}
