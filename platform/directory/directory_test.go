package directory_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/directory"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/module"
)

type lent struct {
	Loan id.UUID `json:"loan_id"`
}

func (lent) EventType() event.Type { return event.Type{Name: "desk.lent", Version: 2} }

func (lent) Upcasters() []event.Upcaster {
	return []event.Upcaster{event.Upcast(func(old lending) (lent, error) { return lent(old), nil })}
}

// lending is the first version of lent.
type lending struct {
	Loan id.UUID `json:"loan_id"`
}

func (lending) EventType() event.Type { return event.Type{Name: "desk.lent", Version: 1} }

type returned struct {
	Loan id.UUID `json:"loan_id"`
}

func (returned) EventType() event.Type { return event.Type{Name: "desk.returned", Version: 1} }

// library is three modules, of which one has a name that Mermaid keeps for itself.
func library() directory.Document {
	return directory.New([]module.Manifest{
		{
			Name: "desk", Owner: "@library/desk", Calls: []string{"end"}, Aggregate: "loan",
			Publishes: []event.Definition{event.Define(lent{}), event.Define(returned{})},
			Routes:    []string{"POST /v1/loans"}, Tables: []string{"loan"},
		},
		{Name: "end", Owner: "@library/end", Listens: []string{"desk.lent", "desk.returned"}},
		{Name: "odd-name", Owner: "@librarian", Calls: []string{"end"}, Listens: []string{"desk.lent", "cellar.flooded"}},
	}, directory.Source{"desk": {
		Summary: "Lends books.",
		Methods: []directory.Method{{Interface: "Service", Name: "Lend", Signature: "Lend(b Book) error", Doc: "Lend lends."}},
		Lines:   directory.Lines{Go: 120, Tests: 80, SQL: 9},
	}})
}

func TestAModuleIsToldWithItsNeighbours(t *testing.T) {
	t.Parallel()
	d := library()
	require.Equal(t, []string{"desk", "end", "odd-name"}, d.Names())
	desk, known := d.Find("desk")
	require.True(t, known)
	require.Equal(t, []directory.Published{
		{Event: "desk.lent", Versions: []int{2, 1}, HeardBy: []string{"end", "odd-name"}},
		{Event: "desk.returned", Versions: []int{1}, HeardBy: []string{"end"}},
	}, desk.Publishes)
	require.Equal(t, "v2, v1", desk.Publishes[0].Version())
	require.Equal(t, "Lends books.", desk.Summary)
	require.Equal(t, "Lend", desk.Methods[0].Name)
	require.Equal(t, 120, desk.Lines.Go)
	end, _ := d.Find("end")
	require.Equal(t, []string{"desk", "odd-name"}, end.CalledBy)
	odd, _ := d.Find("odd-name")
	require.Equal(t, []directory.Heard{{Event: "desk.lent", From: "desk"}, {Event: "cellar.flooded"}}, odd.Listens)
	_, known = d.Find("cellar")
	require.False(t, known)
}

func TestAListWithNothingInItIsNotNullInJSON(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(library())
	require.NoError(t, err)
	require.NotContains(t, string(text), "null")
	require.NotContains(t, string(text), "live")
}

func TestMermaidDrawsCallsSolidAndEventsDotted(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{
		"flowchart LR",
		`    m_desk["desk"]`,
		`    m_end["end"]`,
		`    m_odd_2d_name["odd-name"]`,
		`    m_desk -->|"calls"| m_end`,
		`    m_desk -.->|"2 events"| m_end`,
		`    m_desk -.->|"1 event"| m_odd_2d_name`,
		`    m_odd_2d_name -->|"calls"| m_end`,
		"",
	}, strings.Split(library().Mermaid(), "\n"))
}

func TestMermaidOfOneModuleNamesEventsAndLeavesOutWhatItHasNoPartIn(t *testing.T) {
	t.Parallel()
	drawn := library().MermaidOf("desk")
	require.Contains(t, drawn, `m_desk -.->|"desk.lent<br/>desk.returned"| m_end`)
	require.NotContains(t, drawn, "m_odd_2d_name -->")
	alone := directory.New([]module.Manifest{{Name: "desk"}, {Name: "end"}}, nil)
	require.Equal(t, "flowchart LR\n    m_desk[\"desk\"]\n", alone.MermaidOf("desk"), "a module without neighbours is drawn")
}

func TestNumbersKeepTwoDigits(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{0: 0, 7: 7, 99: 99, 104: 100, 105: 110, 994: 990, 999: 1000, 5678: 5700} {
		require.Equal(t, want, directory.Round(n), n)
	}
}

func TestWhatTheSourceTellsComesBackFromItsFile(t *testing.T) {
	t.Parallel()
	s := directory.Source{"desk": {Summary: "Lends <books> & more.", Lines: directory.Lines{Go: 1}}}
	text, err := s.Text()
	require.NoError(t, err)
	again, err := directory.ReadSource(text)
	require.NoError(t, err)
	require.Equal(t, s, again)
	_, err = directory.ReadSource([]byte("{"))
	require.Error(t, err)
}

func TestAnOwnerThatGitHubCouldNotReadIsRefused(t *testing.T) {
	t.Parallel()
	for _, owner := range []string{"", "desk", "@", "@a/b/c", "@library/desk @library/end", "desk@example.com", "@library/desk # us"} {
		d := directory.New([]module.Manifest{{Name: "desk", Owner: owner}}, nil)
		_, err := d.CodeOwners("@library/house", nil)
		require.ErrorContains(t, err, "desk", owner)
		_, err = library().CodeOwners(owner, nil)
		require.ErrorContains(t, err, "platform", owner)
	}
}
