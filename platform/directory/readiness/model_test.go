package readiness_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/directory/readiness"
)

func TestMediansAddUpAndSpreadsAsTheRootOfTheirSquares(t *testing.T) {
	t.Parallel()
	require.Equal(t, readiness.Times{P50: 10, P99: 15}, readiness.Times{P50: 4, P99: 7}.Plus(readiness.Times{P50: 6, P99: 10}))
	require.Equal(t, readiness.Times{P50: 4, P99: 7}, readiness.Times{P50: 4, P99: 7}.Plus(), "nothing costs nothing")
	require.Equal(t, readiness.Times{P50: 3, P99: 3}, readiness.Times{P50: 1, P99: 1}.Plus(readiness.Times{P50: 1, P99: 1}, readiness.Times{P50: 1, P99: 1}))
}

func TestWhatALoopHidesInOneProcessIsPredictedForEachCallByItsBytes(t *testing.T) {
	t.Parallel()
	now := readiness.Times{P50: 2, P99: 5}
	r := readiness.Report{
		Module: "catalog",
		Calls: []readiness.Call{
			{From: "order", To: "catalog", Method: "Reserve", Now: &now, Bytes: &readiness.CallBytes{Request: 512, Answer: 1536}},
			{From: "order", To: "catalog", Method: "Price"},
		},
		Events:  []readiness.Event{{From: "order", To: "catalog", Type: "order.placed", Now: &now}, {From: "order", To: "catalog", Type: "order.expired"}},
		Journey: &readiness.Journey{Name: "place -> confirmed", Now: &now, Crosses: []string{"order -> catalog.Reserve", "catalog ~> order catalog.lost"}},
	}
	costs := readiness.Costs{Call: readiness.Times{P50: 0.5, P99: 3.5}, KiB: 0.25, Event: readiness.Times{P50: 3, P99: 7}}
	after := r.Predict(costs)
	require.Equal(t, &readiness.Times{P50: 3, P99: 7.243}, after.Calls[0].After, "2 + 0.5 + 2 KiB; 3 + the root of 9 + 9")
	require.Nil(t, after.Calls[1].After, "what was not timed is not predicted")
	require.Equal(t, &readiness.Times{P50: 5, P99: 10}, after.Events[0].After)
	require.Nil(t, after.Events[1].After)
	require.Equal(t, &readiness.Times{P50: 6, P99: 11.831}, after.Journey.After, "2 + 1 + 3; the root of 9 + 9 + 16")
	require.Nil(t, r.Calls[0].After, "the report itself is as it was")
	require.Nil(t, r.Journey.After)

	text, err := json.Marshal(r)
	require.NoError(t, err)
	var read readiness.Report
	require.NoError(t, json.Unmarshal(text, &read))
	require.Equal(t, after.Journey.After, read.Predict(costs).Journey.After, "a report that was read predicts as the one that was written")
}

func TestCostsThatCanNotBeAreRefused(t *testing.T) {
	t.Parallel()
	require.NoError(t, readiness.Reference().Check())
	require.ErrorContains(t, readiness.Costs{Of: "a wish", Call: readiness.Times{P50: 2, P99: 1}}.Check(), "a wish")
	require.Error(t, readiness.Costs{Event: readiness.Times{P50: -1, P99: 1}}.Check())
	require.Error(t, readiness.Costs{KiB: -1}.Check())
}

func TestPredictionsArePutBesideWhatTheRightProcessMeasured(t *testing.T) {
	t.Parallel()
	times := func(p50, p99 float64) *readiness.Times { return &readiness.Times{P50: p50, P99: p99} }
	call := func(now, after *readiness.Times) []readiness.Call {
		return []readiness.Call{{From: "order", To: "catalog", Method: "Reserve", Now: now, After: after}}
	}
	event := func(now, after *readiness.Times) []readiness.Event {
		return []readiness.Event{{From: "order", To: "catalog", Type: "order.placed", Now: now, After: after}}
	}
	before := readiness.Report{
		Calls: call(nil, times(4, 10)), Events: event(nil, times(4, 10)),
		Journey: &readiness.Journey{Name: "place -> confirmed", After: times(20, 40)},
	}
	trunk := readiness.Report{
		Observed: readiness.Observed{Hosts: []string{"order"}}, Calls: call(times(5, 15), nil), Events: event(times(1000, 1000), nil),
		Journey: &readiness.Journey{Name: "place -> confirmed", Now: times(25, 170)},
	}
	away := readiness.Report{Observed: readiness.Observed{Hosts: []string{"catalog"}}, Calls: call(times(1, 1), nil), Events: event(times(40, 41), nil)}
	for _, processes := range [][]readiness.Report{{trunk, away}, {away, trunk}} {
		ratios := readiness.Compare(before, processes...)
		require.Len(t, ratios, 3)
		require.Equal(t, "order -> catalog.Reserve", ratios[0].What)
		require.InDelta(t, 1.25, ratios[0].P50, 1e-9, "as the caller timed it")
		require.InDelta(t, 1.5, ratios[0].P99, 1e-9)
		require.True(t, ratios[0].Within)
		require.InDelta(t, 10, ratios[1].P50, 1e-9, "as the consumer timed it")
		require.False(t, ratios[1].Within)
		require.Contains(t, ratios[1].String(), "OUT OF BOUNDS")
		require.Equal(t, *times(25, 170), ratios[2].Measured)
		require.False(t, ratios[2].Within, "the median alone is not enough")
	}
	require.Empty(t, readiness.Compare(before, readiness.Report{Observed: readiness.Observed{Hosts: []string{"payment"}}}))
	require.True(t, readiness.Against("noise", *times(0.01, 0.02), *times(0.9, 1)).Within, "below a millisecond a ratio says nothing")
	require.False(t, readiness.Against("too good", *times(20, 50), *times(2, 5)).Within, "a prediction that is far too high is wrong, too")
}
