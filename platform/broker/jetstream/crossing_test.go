package jetstream_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

func TestAProcessTellsWhatTheBrokerHoldsForOthers(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.Only(t, sqldb.SQLite))
	desk := s.host("desk", "archivist").start()
	waiting := func() map[string]bus.Crossing {
		all := map[string]bus.Crossing{}
		for _, c := range desk.Crossings(t.Context()) {
			all[c.Publisher+" "+c.Consumer] = c
		}
		return all
	}
	now := waiting()
	require.Len(t, now, 3, "not the edge from desk to archivist")
	require.ErrorIs(t, now["desk clerk"].Err, bus.ErrNotSubscribed)

	clerk := s.host("clerk").start()
	desk.notes(1, s.sheets(10)...)
	s.settled(10)
	clerk.stop()
	desk.notes(1, s.sheets(7)...)
	s.eventually(func() bool { return s.outbox("desk") == 0 }, "the broker has them")
	now = waiting()
	require.NoError(t, now["desk clerk"].Err)
	require.EqualValues(t, 7, now["desk clerk"].Waiting)
	require.NoError(t, now["clerk desk"].Err)
	require.Zero(t, now["clerk desk"].Waiting)

	s.nats.stop()
	for edge, c := range waiting() {
		require.Error(t, c.Err, edge)
		require.NotErrorIs(t, c.Err, bus.ErrNotSubscribed, edge)
	}
	s.nats.start()
}
