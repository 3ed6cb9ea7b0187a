package bus

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

func TestALeaseThatHasLapsedIsAnotherOneAfterwards(t *testing.T) {
	t.Parallel()
	var l lease
	begun := time.Unix(1_790_000_000, 0)
	l.renewed(begun)
	first, held := l.holding(begun.Add(24 * time.Second))
	require.True(t, held)
	_, held = l.holding(begun.Add(leaseFor - leaseMargin))
	require.False(t, held)

	l.renewed(begun.Add(10 * time.Second))
	again, held := l.holding(begun.Add(30 * time.Second))
	require.True(t, held)
	require.Equal(t, first, again, "renewed in time")

	l.renewed(begun.Add(2 * time.Minute))
	second, held := l.holding(begun.Add(2 * time.Minute))
	require.True(t, held)
	require.NotEqual(t, first, second)
}

// A bridge may have deleted an earlier row before the page was read.
func TestAPageThatWasReadWithoutTheLeaseIsThrownAway(t *testing.T) {
	t.Parallel()
	s, clerk := twoConsumers(t)
	require.NoError(t, sqldb.InTx(t.Context(), s.db, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(t.Context(), insertOutbox+sqldb.Placeholders(1, 9), id.New(), "paper", id.New(), 1, "desk.noted", 1, "{}", "{}", 0)
		return err
	}))
	rows, err := clerk.read(t.Context(), 0, nil)
	require.NoError(t, err)
	require.Len(t, rows, 1)
	clerk.valid = func() bool { return false }
	require.ErrorIs(t, clerk.fullPass(t.Context()), errLapsed)
	require.Zero(t, clerk.last)
}
