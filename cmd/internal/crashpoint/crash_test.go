// Package crashpoint_test breaks the program at every statement of an order's way from the customer's
// request to the parcel that has left, and sees that nothing is lost and nothing happens twice.
//
// The whole program runs in this process, on real databases and against a payment provider that goes on
// living when it dies. At one call of the database's driver
//
//	it dies before the call,
//	or after it,
//	or the connection breaks and the program lives on; the call was lost,
//	or was done and its reply was lost, which the program can't tell from each other.
//
// It is started again on what its databases hold, as often as it dies. Clients repeat what was not
// answered, with the same keys. In the end each order is confirmed, sent and paid for, once: at the
// provider, too, by one authorisation and one capture; the stock has given what was bought; every event
// was taken once by each who hears it; and no event, task or held event is left over.
//
// A call is named by its statement and how often that statement ran before, as runs without faults show
// it. BANYAN_TEST_CRASH is for more than the usual runs: all, or how many with two faults. Then all points
// are broken on both engines. BANYAN_TEST_CRASH_SEED picks other samples.
package crashpoint_test

import (
	"cmp"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const (
	usualPairs = 300
	someTwice  = 48
	fewSingles = 8 // with -short and with -race
	fewPairs   = 4
	moreMySQL  = 60 // besides every COMMIT, whose outcome is what a client of a server may not know
)

func TestAnOrderSurvivesACrashAtEveryStatement(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		plans := newGround(t, e).survey(t, false).singles()
		switch {
		case thorough():
		case hurried():
			plans = sample(t, plans, fewSingles)
		case e.Kind == sqldb.MySQL:
			commits := slices.DeleteFunc(slices.Clone(plans), func(p plan) bool { return !p.atCommit() })
			plans = append(commits, sample(t, slices.DeleteFunc(plans, plan.atCommit), moreMySQL)...)
		}
		runAll(t, plans, 3)
	})
}

func TestAnOrderSurvivesTwoFaults(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		wanted := usualPairs
		switch {
		case thorough():
			wanted = pairsWanted(t)
		case hurried():
			wanted = fewPairs
		case e.Kind == sqldb.MySQL:
			wanted = moreMySQL
		}
		runAll(t, sample(t, newGround(t, e).survey(t, false).pairs(), wanted), 25)
	})
}

// Closures that are run again, as after a conflict, change nothing about what is right.
func TestAnOrderSurvivesACrashWhereEveryTransactionRunsTwice(t *testing.T) {
	t.Parallel()
	plans := newGround(t, dbtest.Only(t, sqldb.SQLite)).survey(t, true).singles()
	switch {
	case thorough():
	case hurried():
		plans = sample(t, plans, fewPairs)
	default:
		plans = sample(t, plans, someTwice)
	}
	runAll(t, plans, 5)
}

func thorough() bool { return os.Getenv("BANYAN_TEST_CRASH") != "" }

func hurried() bool { return testing.Short() || raced }

func pairsWanted(t *testing.T) int {
	t.Helper()
	text := os.Getenv("BANYAN_TEST_CRASH")
	if text == "all" {
		return math.MaxInt
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, "BANYAN_TEST_CRASH is all, or a number")
	return n
}

// sample picks n of the plans. It is their names that a seed picks, so that one point more or less makes
// no other sample.
func sample(t *testing.T, plans []plan, n int) []plan {
	t.Helper()
	if n >= len(plans) {
		return plans
	}
	seed := cmp.Or(os.Getenv("BANYAN_TEST_CRASH_SEED"), "1")
	draws := make(map[string]plan, len(plans))
	for _, p := range plans {
		draws[hashed(seed, p.name())] = p
	}
	picked := make([]plan, n)
	for i, draw := range slices.Sorted(maps.Keys(draws))[:n] {
		picked[i] = draws[draw]
	}
	t.Logf("a sample of %d of %d runs, seed %s", n, len(plans), seed)
	return picked
}
