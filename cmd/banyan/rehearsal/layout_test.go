package rehearsal_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
)

// layout is a stage as processes: which modules each of them hosts. The first one is the trunk.
type layout struct {
	name      string
	processes [][]string // of modules; none in the list: all
	share     int        // percent of payment's requests that the second process answers
	elsewhere bool       // payment's data is on another server
	mysqlOnly bool
}

func layouts() []layout {
	return []layout{
		{name: "0: one process", processes: [][]string{nil}},
		{name: "1: payment apart", processes: [][]string{{"catalog", "order", "shipping"}, {"payment"}}},
		{name: "2: half of payment's requests", processes: [][]string{nil, {"payment"}}, share: 50, mysqlOnly: true},
		{name: "3: payment apart, its data on another server", processes: [][]string{{"catalog", "order", "shipping"}, {"payment"}}, elsewhere: true},
		{name: "all apart", processes: [][]string{{"order"}, {"catalog"}, {"payment"}, {"shipping"}}},
	}
}

// plan writes settings and commands as the page does, for any number of processes.
type plan struct {
	layout

	at, calls []string // by process
	broker    string
}

func newPlan(t *testing.T, l layout) plan {
	t.Helper()
	p := plan{layout: l, broker: shoptest.FreeAddress(t)}
	for range l.processes {
		p.at, p.calls = append(p.at, shoptest.FreeAddress(t)), append(p.calls, shoptest.FreeAddress(t))
	}
	return p
}

func (p plan) apart() bool { return len(p.processes) > 1 }

// settings are those of every process.
func (p plan) settings(database, elsewhere, store string) string {
	lines := []string{
		"export BANYAN_DB='" + database + "'", "export BANYAN_SECRET='" + shoptest.ServerSecret + "'",
		"export BANYAN_OPERATOR_TOKEN='" + shoptest.OperatorToken + "'", "export BANYAN_ADDR=" + p.at[0],
	}
	if p.elsewhere {
		lines = append(lines, "export BANYAN_DB_PAYMENT='"+elsewhere+"'")
	}
	if !p.apart() {
		return strings.Join(lines, "\n")
	}
	var peers []string
	for i, modules := range p.processes {
		for _, module := range modules {
			peers = append(peers, module+"=http://"+p.calls[i])
		}
	}
	return strings.Join(append(lines,
		"export BANYAN_BROKER=nats://"+p.broker+" BANYAN_BROKER_KEEP=0s",
		"export BANYAN_BROKER_ADDR="+p.broker+" BANYAN_BROKER_STORE='"+store+"'",
		"export BANYAN_PEER_SECRET='a secret between processes of the rehearsal'",
		"export BANYAN_PEERS='"+strings.Join(peers, ";")+"'"), "\n")
}

// start starts all processes and waits until they serve.
func (p plan) start(t *testing.T, d *deployment) {
	t.Helper()
	if p.apart() {
		d.start(t, "broker", "# start broker\nbanyan broker")
	}
	for i, modules := range p.processes {
		text := fmt.Sprintf("# start\nBANYAN_ADDR=%s BANYAN_PEER_ADDR=%s", p.at[i], p.calls[i])
		if routes := p.routes(); i == 0 && routes != "" {
			text += " 'BANYAN_ROUTES=" + routes + "'"
		}
		text += " banyan serve"
		if len(modules) > 0 {
			text += " --modules=" + strings.Join(modules, ",")
		}
		d.start(t, p.called(i), text)
	}
	d.awaitAll(t)
	if p.share > 0 {
		p.mustRun(t, d, fmt.Sprintf("banyan routes --module payment --share %d --to http://%s --reason 'the cost of a stage'", p.share, p.at[1]))
	}
}

func (p plan) called(i int) string {
	if i == 0 {
		return "trunk"
	}
	return strings.Join(p.processes[i], ",")
}

// routes are where the trunk finds the operations of the modules that it does not host.
func (p plan) routes() string {
	var routes []string
	for i, modules := range p.processes[1:] {
		for _, module := range modules {
			routes = append(routes, module+"=http://"+p.at[i+1])
		}
	}
	return strings.Join(routes, ";")
}

func (p plan) mustRun(t *testing.T, d *deployment, text string) {
	t.Helper()
	output, err := d.shell(t, text).CombinedOutput()
	require.NoError(t, err, "%s\n%s", text, output)
}

func TestEachStageOfTheCostHostsEachModule(t *testing.T) {
	t.Parallel()
	for _, l := range layouts() {
		hosted := slices.Concat(l.processes...)
		if len(l.processes[0]) > 0 {
			require.ElementsMatch(t, shoptest.Modules(), hosted, l.name)
		}
	}
}
