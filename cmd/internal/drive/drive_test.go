package drive_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/internal/drive"
)

func TestClientsWorkInAClosedLoopUntilTheTimeIsOver(t *testing.T) {
	t.Parallel()
	busy := make(chan struct{}, 3)
	result := drive.Run(t.Context(), 3, 50*time.Millisecond, func(context.Context, int) error {
		select {
		case busy <- struct{}{}:
		default:
			return errors.New("a fourth client")
		}
		<-busy
		return nil
	})
	require.NoError(t, result.Failed("test"))
	require.GreaterOrEqual(t, result.End.Sub(result.Begin), 50*time.Millisecond)
	require.InEpsilon(t, float64(len(result.Took))/result.End.Sub(result.Begin).Seconds(), result.Rate(), 1e-9)
}

func TestAClientThatOnlyFailsGivesUpAndThePhaseIsAnError(t *testing.T) {
	t.Parallel()
	broken := errors.New("the server is gone")
	result := drive.Run(t.Context(), 2, time.Hour, func(context.Context, int) error { return broken })
	require.Equal(t, 20, result.Failures)
	require.ErrorIs(t, result.Failed("test"), broken)
}

func TestOneFailureAmongSuccessesIsAnError(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	calls, broken := 0, errors.New("an answer of another kind")
	result := drive.Run(ctx, 1, time.Hour, func(context.Context, int) error {
		switch calls++; calls {
		case 3:
			return broken
		case 5:
			cancel()
		}
		return nil
	})
	require.Equal(t, 1, result.Failures)
	require.ErrorIs(t, result.Failed("test"), broken)
}

func TestAPhaseWithoutASuccessIsAnError(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Error(t, drive.Run(ctx, 1, time.Hour, func(context.Context, int) error { return nil }).Failed("test"))
}
