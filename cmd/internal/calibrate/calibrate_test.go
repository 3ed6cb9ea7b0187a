package calibrate_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/internal/calibrate"
)

func TestCostsAreMeasuredOnTheMachineItself(t *testing.T) {
	t.Parallel()
	c, err := calibrate.Measure(t.Context(), t.TempDir(), 20, time.Now)
	require.NoError(t, err)
	t.Logf("%+v", c)
	require.NoError(t, c.Check())
	require.Positive(t, c.Call.P50)
	require.Positive(t, c.Event.P50)
	require.Less(t, c.Call.P50, 100.0)
	require.Contains(t, c.Of, "this machine")
}

func TestMeasuringEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := calibrate.Costs(ctx, t.TempDir(), time.Now)
	require.ErrorIs(t, err, context.Canceled)
}
