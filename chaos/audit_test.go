package chaos_test

import (
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/chaos/office"
)

// verdict is what an audit finds.
type verdict struct {
	events  int64 // stated
	effects int64 // that there should be: an event has one per consumer

	lost, doubled, disordered int64
	invented                  int64 // effects of what was never committed

	left  string // what did not drain
	drain time.Duration
	goal  time.Duration // for that
}

// consumption is the effects of one type of event at one consumer.
type consumption struct{ consumer, effect, publisher string }

func consumptions() []consumption {
	return []consumption{
		{office.Clerk, "noted", office.Desk},
		{office.Archive, "noted", office.Desk},
		{office.Archive, "filed", office.Clerk},
	}
}

// audit compares each consumer's effects with the versions of what was published.
func audit(t *testing.T, dbs map[string]*sql.DB, v *verdict) {
	t.Helper()
	v.events = sum(t, dbs[office.Desk], totalVersion) + sum(t, dbs[office.Clerk], totalVersion)
	heard := map[string]int64{}
	for _, c := range consumptions() {
		stated := versions(t, dbs[c.publisher])
		for _, version := range stated {
			v.effects += version
			heard[c.consumer] += version
		}
		v.compare(t, stated, dbs[c.consumer], c.effect)
	}
	for consumer, n := range heard {
		if inbox := sum(t, dbs[consumer], "SELECT COUNT(*) FROM bus_inbox"); inbox != n {
			v.left += fmt.Sprintf(" %d events in the inbox of %s, who should have heard %d", inbox, consumer, n)
		}
	}
}

const (
	totalVersion  = "SELECT COALESCE(SUM(version), 0) FROM paper"
	selectVersion = "SELECT id, version FROM paper"
	// An event that came out of its turn does not follow the one before it. One that came twice does not,
	// either, and is counted as doubled alone.
	selectEffects = `SELECT agg, COUNT(*), COUNT(DISTINCT n), MAX(n), SUM(CASE WHEN follows = n - 1 THEN 0 ELSE 1 END)
		FROM effect WHERE type = ? GROUP BY agg`
)

func versions(t *testing.T, db *sql.DB) map[string]int64 {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), selectVersion)
	require.NoError(t, err)
	defer rows.Close()
	found := map[string]int64{}
	for rows.Next() {
		var paper []byte
		var version int64
		require.NoError(t, rows.Scan(&paper, &version))
		found[string(paper)] = version
	}
	require.NoError(t, rows.Err())
	return found
}

func (v *verdict) compare(t *testing.T, stated map[string]int64, consumer *sql.DB, effect string) {
	t.Helper()
	rows, err := consumer.QueryContext(t.Context(), selectEffects, effect)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var paper []byte
		var count, distinct, highest, strange int64
		require.NoError(t, rows.Scan(&paper, &count, &distinct, &highest, &strange))
		version := stated[string(paper)]
		delete(stated, string(paper))
		v.lost += max(0, version-distinct)
		v.doubled += count - distinct
		v.disordered += max(0, strange-(count-distinct))
		v.invented += max(0, highest-version)
	}
	require.NoError(t, rows.Err())
	for _, version := range stated { // of which nothing was heard
		v.lost += version
	}
}

func (v verdict) sound() bool {
	return v.lost == 0 && v.doubled == 0 && v.disordered == 0 && v.invented == 0 && v.left == ""
}

func (v verdict) String() string {
	return fmt.Sprintf("%d events: %d effects lost, %d doubled, %d disordered, %d invented; drained in %s; left: %s",
		v.events, v.lost, v.doubled, v.disordered, v.invented, v.drain.Round(time.Millisecond), v.left)
}

func (f *figures) count(v verdict) {
	f.counts[rounds]++
	f.counts[events] += v.events
	f.counts[lost] += v.lost
	f.counts[doubled] += v.doubled
	f.counts[disordered] += v.disordered
}

// heard adds a round of the whole shop, which is not counted but must be right: it fails else.
func (f *figures) heard(n int64) {
	f.counts[rounds]++
	f.counts[events] += n
}

// eachRound runs the rounds of a rig, each with its own seed.
func (f *figures) eachRound(t *testing.T, round func(t *testing.T, seed int64, length time.Duration)) {
	t.Helper()
	n, length := given.rounds()
	for i := range n {
		seed := given.seedOf(i)
		passed := t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { round(t, seed, length) })
		if !passed {
			t.Logf("repeat it: make chaos ARGS='-rigs %s -engines %s -seed %d -duration %s'", f.rig, f.engine, seed, length)
			return
		}
	}
}

// requireNone is the verdict on the bus, and what it must keep to.
func (f *figures) requireNone(t *testing.T, v verdict) {
	t.Helper()
	t.Log(v, "\n", f)
	require.Positive(t, v.events)
	require.True(t, v.sound(), v)
	require.Less(t, v.drain, v.goal)
}
