package bus

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// What a process remembers of rows can't be seen from outside until it has grown too big, or a row
// went missing: these tests look inside.

// twoConsumers is an outbox that two consumers of this process read, and the scan of the first.
func twoConsumers(t *testing.T) (*schema, *scan) {
	t.Helper()
	db := dbtest.Only(t, sqldb.SQLite).DB(t, "desk")
	s := newSchema(db, slog.New(slog.DiscardHandler), nil)
	var scans []*scan
	for _, name := range []string{"clerk", "archivist"} {
		sc := newScan(s, &workers{consumer: &consumer{name: name}}, []string{"desk.noted"})
		s.expect(sc.types, name)
		s.addScan(sc)
		scans = append(scans, sc)
	}
	return s, scans[0]
}

func TestOneConsumerThatComesTwiceIsNotTwo(t *testing.T) {
	t.Parallel()
	s, _ := twoConsumers(t)
	s.taken(1, "desk.noted", "clerk")
	s.taken(1, "desk.noted", "clerk")
	require.Empty(t, s.takeDeletable())
	s.taken(1, "desk.noted", "archivist")
	require.Equal(t, []taken{{1, "desk.noted"}}, s.takeDeletable())
	require.Empty(t, s.done)
}

func TestARowThatOthersDeletedIsForgottenByTheNextFullPass(t *testing.T) {
	t.Parallel()
	s, clerk := twoConsumers(t)
	require.True(t, clerk.known.claim(1))
	clerk.known.finish(1)
	s.taken(1, "desk.noted", "clerk") // the archivist's scan never saw it: its row is gone
	require.NoError(t, clerk.fullPass(t.Context()))
	require.Empty(t, clerk.known.positions)
	require.Empty(t, s.done)
}

func TestADeletedRowStaysKnownUntilTheNextRead(t *testing.T) {
	t.Parallel()
	s, clerk := twoConsumers(t)
	require.True(t, clerk.known.claim(1))
	clerk.known.finish(1)
	clerk.known.noteDeleted([]int64{1})
	require.False(t, clerk.known.claim(1), "a page read before the deletion still has it")
	s.taken(1, "desk.noted", "clerk") // as a full pass does that read that page
	_, err := clerk.read(t.Context(), 0, nil)
	require.NoError(t, err)
	require.Empty(t, clerk.known.positions)
	require.Empty(t, s.done)
}

func TestHintsAreBoundedAndAskForNothingThatIsKnown(t *testing.T) {
	t.Parallel()
	var k known
	k.positions = map[int64]bool{3: false, 4: true}
	for pos := range int64(10 * maxHints) {
		k.hint(pos)
	}
	require.Len(t, k.hints, maxHints)
	missed, news := k.takeHints(5, false)
	require.Equal(t, []int64{0, 1, 2, 5}, missed)
	require.True(t, news, "some hints were left out")
	_, news = k.takeHints(5, false)
	require.False(t, news)
}

// A hint that was taken for old by mistake would make an event wait for the sweep.
func TestAHintIsNewsUnlessItsRowHasBeenSeen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		hint    int64
		inOrder bool
		missed  []int64
		news    bool
	}{
		{hint: 6, inOrder: true, news: true},
		{hint: 6, news: true},
		{hint: 5, inOrder: true},
		{hint: 5, missed: []int64{5}, news: true},
		{hint: 3, inOrder: true},
		{hint: 3},
	} {
		k := known{positions: map[int64]bool{3: false}}
		k.hint(c.hint)
		missed, news := k.takeHints(5, c.inOrder)
		require.Equal(t, c.missed, missed, c)
		require.Equal(t, c.news, news, c)
	}
}
