package main

import (
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/internal/assembly"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/directory"
	"github.com/banyan-commerce/banyan/platform/directory/monitor"
)

// wrongSettings would stop every command that reads them.
func wrongSettings() []string { return []string{"BANYAN_DB=nowhere:", "BANYAN_NOSUCH=1"} }

func TestModulesAreShownWithoutADatabaseOrSettings(t *testing.T) {
	t.Parallel()
	text := operate(t, wrongSettings(), "modules")
	for _, m := range assembly.Manifests() {
		require.Contains(t, text, m.Owner)
		one := operate(t, wrongSettings(), "modules", m.Name)
		for _, says := range slices.Concat(m.Routes, m.Tables, m.Listens, []string{m.Owner}) {
			require.Contains(t, one, says)
		}
		for _, e := range m.Publishes {
			require.Contains(t, one, e.Type.Name)
		}
	}
	require.Regexp(t, `(?m)^order -> catalog +\(calls\)$`, text)
	require.Regexp(t, `(?m)^payment ~> order +authorized `, text)
	require.Contains(t, operate(t, nil, "modules", "catalog"), "Service.Reserve(ctx context.Context, r ReserveRequest) (Reservation, error)")

	var all directory.Document
	require.NoError(t, json.Unmarshal([]byte(operate(t, nil, "modules", "--json")), &all))
	require.Equal(t, assembly.ModuleNames(), all.Names())
	var one directory.Module
	require.NoError(t, json.Unmarshal([]byte(operate(t, nil, "modules", "order", "--json")), &one))
	of, _ := all.Find("order")
	require.Equal(t, of, one)
	require.Contains(t, operate(t, nil, "modules", "--mermaid"), `m_order -->|"calls"| m_catalog`)
	require.NotContains(t, operate(t, nil, "modules", "shipping", "--mermaid"), "calls", "it calls nobody")
}

func TestAQuestionAboutModulesThatCanNotBeAnsweredSaysWhy(t *testing.T) {
	t.Parallel()
	nobody := []string{"BANYAN_ADDR=127.0.0.1:1", "BANYAN_DB=sqlite:" + t.TempDir() + "/shop"}
	for _, c := range []struct {
		environ []string
		args    []string
		says    []string
	}{
		{nil, []string{"attic"}, append(assembly.ModuleNames(), `"attic"`)},
		{nil, []string{"order", "catalog"}, []string{"at most 1"}},
		{nil, []string{"--json", "--mermaid"}, []string{"json", "mermaid"}},
		{nobody, []string{"--live"}, []string{"no server answers at 127.0.0.1:1", "BANYAN_ADDR", "without --live"}},
		{wrongSettings(), []string{"--live"}, []string{"BANYAN_NOSUCH"}},
	} {
		code, stdout, stderr := quickly(t, c.environ, append([]string{"modules"}, c.args...)...)
		require.Equal(t, 1, code, stdout)
		for _, says := range c.says {
			require.Contains(t, stderr, says)
		}
	}
	_, err := os.Stat(strings.TrimPrefix(nobody[1], "BANYAN_DB=sqlite:"))
	require.ErrorIs(t, err, os.ErrNotExist, "a shop that never ran stays untouched")
}

func TestARunningShopTellsWhatItsModulesDo(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		database := e.MigratedURL(t, assembly.ModuleNames()...)
		s := open(t, database, append(tokens(), dbtest.Settings(database)...)...)
		importRoasters(t, s)
		ask := func() directory.Document {
			status, body := s.get(t, monitor.Path, "Authorization", "Bearer "+s.operator(t))
			require.Equal(t, http.StatusOK, status, body)
			var d directory.Document
			require.NoError(t, json.Unmarshal([]byte(body), &d))
			return d
		}
		var d directory.Document
		require.Eventually(t, func() bool {
			require.Equal(t, "confirmed", s.place(t).Status)
			d = ask()
			order, _ := d.Find("order")
			return order.Live.Rates != nil && len(order.Live.Rates.Requests) > 0 && order.Live.Rates.Requests[0].Rate > 0
		}, time.Minute, 500*time.Millisecond)

		order, _ := d.Find("order")
		rates := order.Live.Rates
		require.Equal(t, "POST /v1/orders", rates.Requests[0].Route)
		require.Positive(t, rates.Statements)
		require.Positive(t, rates.Commits)
		require.Equal(t, "catalog", rates.Calls[0].To)
		require.Equal(t, "Reserve", rates.Calls[0].Method)
		require.Positive(t, rates.Calls[0].Rate)
		require.Equal(t, "order.placed", rates.Publishes[0].Event)
		require.Positive(t, rates.Publishes[0].Rate)
		payment, _ := d.Find("payment")
		require.Equal(t, "order.placed", payment.Live.Rates.Takes[0].Event)
		require.Positive(t, payment.Live.Rates.Takes[0].Rate)
		for _, m := range d.Modules {
			require.False(t, m.Live.Unreachable)
			require.Len(t, m.Live.Schema.Tables, len(m.Tables))
			require.Positive(t, m.Live.Schema.Bytes)
			require.Positive(t, m.Live.Pool.Size)
		}

		environ := append(tokens(), "BANYAN_DB="+database, "BANYAN_ADDR="+strings.TrimPrefix(s.url, "http://"))
		text := operate(t, environ, "modules", "--live")
		require.Regexp(t, `(?m)^order -> catalog +Reserve +[0-9.]+ +0$`, text)
		require.Regexp(t, `(?m)^order ~> payment +order\.placed +[0-9.]+ +0$`, text)
		require.Contains(t, text, "Rates of the last")
		require.Regexp(t, `POST /v1/orders +[0-9.]+/s`, operate(t, environ, "modules", "order", "--live"))
		static, err := assembly.Directory()
		require.NoError(t, err)
		for i := range d.Modules {
			d.Modules[i].Live = nil
		}
		require.Equal(t, static, d, "else it is what the command says without a server")
	})
}
