// Package banyan_test holds the boundaries of the tree, as tests. The rules are listed here in plain
// words; package platform/archtest is their machinery. Modules are discovered below modules/ and never
// listed, so that a new one is covered from its first file; no rule has an exception by name.
//
// Everything is read by the test process itself, so that go test knows each folder that was listed and
// each file that was opened, and answers from its cache only while names, sizes and times are unchanged.
// Only an edit that keeps size and time needs -count=1.
package banyan_test

import (
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/archtest"
)

// rule is one boundary, and the planted breaks that prove it bites.
type rule struct {
	says    string
	holds   func(*archtest.Tree) []archtest.Violation
	planted []string
}

func rules() []rule {
	return []rule{
		{
			says:    "no code hides from the rules: not behind links, nor in other Go modules or passed-over folders",
			holds:   archtest.Analysed,
			planted: []string{"hidden_folder", "nested_module", "misnamed_module", "second_package"},
		},
		{
			says:    "nothing goes round the compiler: no linkname, unsafe, C, assembler or plugin, no folder in place of a package",
			holds:   archtest.Backdoors,
			planted: []string{"linkname", "round_compiler", "compiled_along", "replaced_package"},
		},
		{
			says:    "a module sees others through their contracts only, and its wiring is imported by cmd only",
			holds:   archtest.ModuleImports,
			planted: []string{"foreign_internal", "foreign_package", "foreign_wiring", "go_between"},
		},
		{
			says:    "of a module that is elsewhere the contract alone is here, and a contract's client knows nothing else of its module",
			holds:   archtest.Contracts,
			planted: []string{"code_elsewhere", "heavy_client"},
		},
		{
			says:    "platform and migrations know no module, and no event or name of one",
			holds:   archtest.Foundations,
			planted: []string{"platform_knows"},
		},
		{
			says:  "a contract is pure: it knows the standard library without I/O and the pure platform, and all it publishes can go over a wire",
			holds: archtest.PureContracts,
			planted: []string{
				"contract_with_driver", "contract_knows_contract", "contract_knows_inside", "driver_below_contract",
				"contract_off_the_wire", "contract_signature", "contract_variable",
			},
		},
		{
			says:    "every module has a manifest that can be read, names its owner, and shares no event and no route",
			holds:   archtest.Manifests,
			planted: []string{"shared_manifest", "unreadable_manifest", "repeated_entry", "ownerless", "misnamed_event"},
		},
		{
			says:    "modules call each other as their manifests declare, no more and no less, and never in a circle",
			holds:   archtest.Calls,
			planted: []string{"undeclared_call", "dead_call", "call_cycle", "own_interface"},
		},
		{
			says:    "every event that a manifest listens to is published by one",
			holds:   archtest.Subscriptions,
			planted: []string{"misspelt_event"},
		},
		{
			says:    "a module handles the events that it declares, no more and no less, and names no others",
			holds:   archtest.Handlers,
			planted: []string{"undeclared_handler", "handmade_handler", "string_topic"},
		},
		{
			says:    "a module states the events that it declares, no more and no less, and nobody else's",
			holds:   archtest.Facts,
			planted: []string{"forged_fact", "unstated_event"},
		},
		{
			says:    "what a module's events look like is kept in golden files",
			holds:   archtest.Goldens,
			planted: []string{"no_golden"},
		},
		{
			says:    "each method that a contract offers is proved in process, over a wire and in another process",
			holds:   archtest.Conformances,
			planted: []string{"unproved_contract", "unproved_method"},
		},
		{
			says:    "a module registers the routes that it declares, no more and no less, and by web.Register only",
			holds:   archtest.Routes,
			planted: []string{"undeclared_route", "unregistered_route", "unreadable_route", "bypassed_route", "platform_route"},
		},
		{
			says:    "a module gives the program its contract and members of groups, and takes no other module's insides",
			holds:   archtest.Provisions,
			planted: []string{"leaked_part", "borrowed_part", "taken_group", "smuggled_config", "unfenced_service"},
		},
		{
			says:    "SQL in a module names the module's own tables, and SQL elsewhere no module's",
			holds:   archtest.OwnTables,
			planted: []string{"foreign_table", "composed_table", "nobodys_code", "embedded_sql"},
		},
		{
			says:    "SQL of a module stays with the tables of its schema: no USE, no catalogue, no code in the database, no settings, locks or clock",
			holds:   archtest.Confined,
			planted: []string{"escaping_sql"},
		},
		{
			says:    "migrations stay in their schema, without keys to others, and make the tables of the manifest",
			holds:   archtest.Migrations,
			planted: []string{"foreign_key", "undeclared_table", "markless_script", "platform_table"},
		},
		{
			says:    "the SQL that a module runs is written in it, and no contract has any",
			holds:   archtest.Queries,
			planted: []string{"unread_sql"},
		},
		{
			says:    "a module that is wired runs in a program",
			holds:   archtest.Hosted,
			planted: []string{"unhosted"},
		},
		{
			says:    "inside a module requests go downwards, httpapi -> app -> store, and core does no I/O",
			holds:   archtest.Layers,
			planted: []string{"upwards", "core_with_io"},
		},
		{
			says:    "fx appears in *fx packages and cmd only",
			holds:   archtest.Wiring,
			planted: []string{"fx_in_app"},
		},
		{
			says:    "the environment is read in cmd and platform/config only",
			holds:   archtest.Environment,
			planted: []string{"environment"},
		},
		{
			says:    "modules are told the time, and don't ask the clock",
			holds:   archtest.Clock,
			planted: []string{"clock", "wired_clock"},
		},
		{
			says:    "packages keep no state: no variables, no init",
			holds:   archtest.Globals,
			planted: []string{"package_state"},
		},
		{
			says:    "a goroutine has an owner who can wait for it",
			holds:   archtest.Goroutines,
			planted: []string{"orphan"},
		},
		{
			says:    "a module gets what it calls as an argument, and looks it up nowhere",
			holds:   archtest.Locators,
			planted: []string{"lookup", "asked_interface"},
		},
		{
			says:    "a module calls others by their contracts, and not over HTTP; the platform knows no route of theirs",
			holds:   archtest.Detours,
			planted: []string{"http_call"},
		},
		{
			says:    "where a module runs is known to wiring and cmd only",
			holds:   archtest.Remotes,
			planted: []string{"remote_in_app"},
		},
		{
			says:    "a module is handed its schema, and opens none",
			holds:   archtest.Handles,
			planted: []string{"own_handle"},
		},
		{
			says:    "a transaction is one module's: it calls no other meanwhile, and no context carries it",
			holds:   archtest.Transactions,
			planted: []string{"call_in_transaction", "context_value"},
		},
		{
			says:    "a module leaves the process by its schema, operations, events and clients, and not by files, signals or what the process has once",
			holds:   archtest.Machine,
			planted: []string{"machine"},
		},
		{
			says:    "operators' functions of the bus and of tasks are not for modules",
			holds:   archtest.Operators,
			planted: []string{"operating_module"},
		},
		{
			says:    "a module states events of its own aggregate, and reads others' by the types of their contracts",
			holds:   archtest.Envelopes,
			planted: []string{"opened_envelope", "foreign_aggregate"},
		},
		{
			says:    "the tests of a module stand on its own schema and files",
			holds:   archtest.Neighbours,
			planted: []string{"neighbours_schema"},
		},
		{
			says:    "work goes by its owner's name",
			holds:   archtest.Labels,
			planted: []string{"false_label"},
		},
	}
}

func TestTheTreeKeepsItsBoundaries(t *testing.T) {
	t.Parallel()
	tree, err := archtest.Load(".")
	require.NoError(t, err)
	for _, r := range rules() {
		t.Run(r.says, func(t *testing.T) {
			t.Parallel()
			for _, violation := range r.holds(tree) {
				t.Error(violation)
			}
		})
	}
	t.Logf("read %d Go files of %d modules; with other Go modules: %v", len(tree.Files), len(tree.Modules), tree.Nested)
}

// The score: each planted break is found by its rule, at its lines and nowhere else, and by no other rule.
func TestEveryPlantedBreakIsCaught(t *testing.T) {
	var caught, all atomic.Int32
	t.Run("planted", func(t *testing.T) {
		for _, r := range rules() {
			require.NotEmpty(t, r.planted, "no break proves that this rule bites: %s", r.says)
			for _, name := range r.planted {
				all.Add(1)
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					requireCaught(t, name, r)
					caught.Add(1)
				})
			}
		}
	})
	fmt.Fprintf(os.Stdout, "caught %d of %d planted breaks of %d rules\n", caught.Load(), all.Load(), len(rules()))
}

func requireCaught(t *testing.T, name string, by rule) {
	t.Helper()
	tree, marks, err := archtest.Plant(os.DirFS(innocent), os.DirFS(planted+"/"+name))
	require.NoError(t, err)
	require.NotEmpty(t, marks, "the break marks no line with \"want: \"")
	for _, r := range rules() {
		var want []archtest.Mark
		if r.says == by.says {
			want = marks
		}
		require.Empty(t, archtest.Differences(want, r.holds(tree)), r.says)
	}
}

func TestLookAlikesPass(t *testing.T) {
	t.Parallel()
	tree, err := archtest.Load(innocent)
	require.NoError(t, err)
	for _, r := range rules() {
		require.Empty(t, r.holds(tree), r.says)
	}
}

func TestEveryPlantedBreakHasItsRule(t *testing.T) {
	t.Parallel()
	var claimed, there []string
	for _, r := range rules() {
		claimed = append(claimed, r.planted...)
	}
	folders, err := os.ReadDir(planted)
	require.NoError(t, err)
	for _, f := range folders {
		there = append(there, f.Name())
	}
	require.ElementsMatch(t, there, claimed)
}

// The corpus: a small shop without a fault, and the breaks that are laid over it one at a time.
const (
	innocent = "platform/archtest/testdata/innocent"
	planted  = "platform/archtest/testdata/planted"
)
