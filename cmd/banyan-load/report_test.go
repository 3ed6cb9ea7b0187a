package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/banyan-load/internal/path"
)

func measured() Result {
	round := func(settled float64) Round {
		return Round{
			Bare: 4000, Path: 500, Shop: Ordering{Settled: settled, PerRow: Counts{Statements: 14.5}},
			Rival: Ordering{Orders: 1, Settled: 170},
		}
	}
	return Result{
		Engine: "sqlite", Against: "v1", Startup: 80 * time.Millisecond, Memory: 100 << 20, Placing: path.Cost{Statements: 9, Commits: 2},
		Rounds: []Round{round(1), round(360), round(400)},
	}
}

func verdicts(r Result) string {
	var b strings.Builder
	Report{Results: []Result{r}}.write(&b)
	return b.String()
}

func TestAMissedGoalIsMarked(t *testing.T) {
	t.Parallel()
	require.NotContains(t, verdicts(measured()), "MISSED")
	require.Contains(t, verdicts(measured()), "| 0.72", "settled is the median of the rounds")
	for want, spoil := range map[string]func(*Result){
		"settled / path floor":              func(r *Result) { r.Rounds[1].Shop.Settled = 345 },
		"statements to place":               func(r *Result) { r.Placing.Statements = 13 },
		"commits to place":                  func(r *Result) { r.Placing.Commits = 3 },
		"statements to settle":              func(r *Result) { r.Rounds[0].Shop.PerRow.Statements, r.Rounds[1].Shop.PerRow.Statements = 16, 15.2 },
		"peak memory":                       func(r *Result) { r.Memory = 151 << 20 },
		"peak memory <= 150 MB, is unknown": func(r *Result) { r.Memory = 0 },
		"settled / settled by v1":           func(r *Result) { r.Rounds[0].Rival.Settled, r.Rounds[1].Rival.Settled = 200, 190 },
		"ready":                             func(r *Result) { r.Startup = 1001 * time.Millisecond },
	} {
		r := measured()
		spoil(&r)
		require.Contains(t, verdicts(r), "MISSED  sqlite: "+want)
		require.Equal(t, 1, Report{Results: []Result{r}}.missed(), want)
	}
}

func TestFlagsThatWouldNotEndAreRefused(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"-seconds", "601"}, {"-rounds", "0"}, {"-clients", "0"}, {"-clients", "1000"}, {"-engine", "oracle"}, {"-products", "1"}, {"extra"},
	} {
		_, err := parse(args, &strings.Builder{})
		require.Error(t, err, args)
	}
	o, err := parse(nil, &strings.Builder{})
	require.NoError(t, err)
	require.Equal(t, 16, o.clients)
	require.Len(t, o.engines, 2)
}
