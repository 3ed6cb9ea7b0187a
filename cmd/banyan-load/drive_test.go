package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestClientsWorkInAClosedLoopUntilTheTimeIsOver(t *testing.T) {
	t.Parallel()
	busy := make(chan struct{}, 3)
	result := drive(t.Context(), 3, 50*time.Millisecond, func(context.Context, int) error {
		select {
		case busy <- struct{}{}:
		default:
			return errors.New("a fourth client")
		}
		<-busy
		return nil
	})
	require.NoError(t, result.failed("test"))
	require.GreaterOrEqual(t, result.end.Sub(result.begin), 50*time.Millisecond)
	require.InEpsilon(t, float64(len(result.took))/result.end.Sub(result.begin).Seconds(), result.rate(), 1e-9)
}

func TestAClientThatOnlyFailsGivesUpAndThePhaseIsAnError(t *testing.T) {
	t.Parallel()
	broken := errors.New("the server is gone")
	result := drive(t.Context(), 2, time.Hour, func(context.Context, int) error { return broken })
	require.Equal(t, 20, result.failures)
	require.ErrorIs(t, result.failed("test"), broken)
}

func TestOneFailureAmongSuccessesIsAnError(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	result := drive(ctx, 1, time.Hour, func(context.Context, int) error {
		switch calls++; calls {
		case 3:
			return errAnswer
		case 5:
			cancel()
		}
		return nil
	})
	require.Equal(t, 1, result.failures)
	require.ErrorIs(t, result.failed("test"), errAnswer)
}

func TestAPhaseWithoutASuccessIsAnError(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Error(t, drive(ctx, 1, time.Hour, func(context.Context, int) error { return nil }).failed("test"))
}
