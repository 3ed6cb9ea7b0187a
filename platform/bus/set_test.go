package bus_test

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// notingSets is noting with a handler for sets: all places by one read, all effects by one statement.
func (i *instance) notingSets(consumer string, may func(e event.Envelope, n note) error) bus.Subscription {
	return i.takingSets(consumer, func(ctx context.Context, tx *sqldb.Tx, set []bus.Fact[note]) error {
		places, err := places(ctx, tx, set)
		if err != nil {
			return err
		}
		var args []any
		for _, f := range set {
			if err := may(f.Envelope, f.Event); err != nil {
				return err
			}
			args = append(args, f.Event.Paper, f.Event.N, places[f.Event.Paper])
		}
		_, err = tx.Exec(ctx, "INSERT INTO effect (agg, n, place) VALUES "+sqldb.Placeholders(len(set), 3), args...)
		return err
	})
}

func (i *instance) takingSets(consumer string, take func(context.Context, *sqldb.Tx, []bus.Fact[note]) error) bus.Subscription {
	return bus.Subscription{Consumer: consumer, Schema: i.dbs[consumer], Handlers: []bus.Handler{
		bus.OnSet(func(n note) id.UUID { return n.Paper }, take),
	}}
}

func places(ctx context.Context, tx *sqldb.Tx, set []bus.Fact[note]) (map[id.UUID]int64, error) {
	var rows []struct {
		Agg id.UUID `db:"agg"`
		N   int64   `db:"n"`
	}
	papers := make([]id.UUID, len(set))
	for k, f := range set {
		papers[k] = f.Event.Paper
	}
	err := tx.SelectIn(ctx, &rows, "SELECT agg, COUNT(*) AS n FROM effect WHERE agg IN (?) GROUP BY agg", papers)
	places := make(map[id.UUID]int64, len(rows))
	for _, row := range rows {
		places[row.Agg] = row.N
	}
	return places, err
}

// sizes are those of the sets that a handler was given.
type sizes struct {
	mu  sync.Mutex
	all []int
}

func (s *sizes) note(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, n)
}

func (s *sizes) largest() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Max(s.all)
}

// aboutMany publishes one note about each of many papers.
func (i *instance) aboutMany(papers int) []id.UUID {
	i.t.Helper()
	ids := make([]id.UUID, papers)
	require.NoError(i.t, sqldb.InTx(i.t.Context(), i.dbs["desk"], func(tx *sqldb.Tx) error {
		set := make([]bus.Publication, papers)
		for k := range set {
			ids[k] = id.New()
			set[k] = bus.Publication{Of: paper(ids[k], 1), Event: note{N: 1, Paper: ids[k]}}
		}
		return i.desk.PublishSet(i.t.Context(), tx, set)
	}))
	return ids
}

func (i *instance) pending() []event.Envelope {
	i.t.Helper()
	events, err := bus.Pending(i.t.Context(), i.dbs["desk"])
	require.NoError(i.t, err)
	return events
}

func TestManyEventsAreTakenByFewCalls(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		i := newStore(t, e).first
		i.aboutMany(200)
		var calls sizes
		i.start(i.takingSets("clerk", func(ctx context.Context, tx *sqldb.Tx, set []bus.Fact[note]) error {
			calls.note(len(set))
			sorted := slices.IsSortedFunc(set, func(a, b bus.Fact[note]) int { return bytes.Compare(a.Event.Paper[:], b.Event.Paper[:]) })
			if !sorted {
				t.Error("not sorted by key")
			}
			for _, f := range set {
				if _, err := tx.Exec(ctx, insertEffect, f.Event.Paper, f.Event.N, 0); err != nil {
					return err
				}
			}
			return nil
		}))
		i.eventually(func() bool { return i.effects("clerk") == 200 && i.outbox() == 0 }, "all")
		require.Greater(t, calls.largest(), 20)
		require.LessOrEqual(t, len(calls.all), 20)
	})
}

func TestEventsOfOneKeyAreNeverInOneSet(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		i := newStore(t, e).first
		shared := id.New()
		const papers = 30
		require.NoError(t, sqldb.InTx(t.Context(), i.dbs["desk"], func(tx *sqldb.Tx) error {
			var set []bus.Publication
			for k := range papers {
				about := shared
				if k%3 > 0 {
					about = id.New()
				}
				set = append(set, bus.Publication{Of: paper(id.New(), 1), Event: note{N: int64(k), Paper: about}})
			}
			return i.desk.PublishSet(t.Context(), tx, set)
		}))
		i.start(i.notingSets("clerk", always))
		i.eventually(func() bool { return i.effects("clerk") == papers && i.outbox() == 0 }, "all")
		require.Equal(t, []int64{0, 3, 6, 9, 12, 15, 18, 21, 24, 27}, i.notes("clerk", shared), "a place each, in the order of the outbox")
	})
}

func TestOneBadEventOfASetIsHeldAlone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		i := newStore(t, e).first
		papers := i.aboutMany(50)
		i.start(i.notingSets("clerk", func(_ event.Envelope, n note) error {
			switch n.Paper {
			case papers[20]:
				return errHandler
			case papers[30]:
				panic("a bug")
			}
			return nil
		}))
		i.eventually(func() bool { return i.effects("clerk") == 48 && i.outbox() == 0 }, "the others")
		require.Equal(t, []string{"retry"}, i.held(papers[20]))
		require.Equal(t, []string{"retry"}, i.held(papers[30]))
		require.Equal(t, 2, i.count("clerk", "SELECT COUNT(*) FROM bus_held"))
	})
}

func TestASetThatIsPartlyTakenOrHeldUpIsSifted(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		i := newStore(t, e).first
		papers := i.aboutMany(50)
		sub := i.notingSets("clerk", always)
		before := i.pending()
		require.NoError(t, bus.DeliverSet(t.Context(), sub, before[:15]))
		refusing := i.notingSets("clerk", func(_ event.Envelope, n note) error {
			if n.Paper == papers[40] {
				return errHandler
			}
			return nil
		})
		require.Error(t, bus.DeliverSet(t.Context(), refusing, before[30:45]), "all or nothing")
		require.Equal(t, 15, i.effects("clerk"))
		i.start(refusing)
		i.eventually(func() bool { return i.effects("clerk") == 49 && i.outbox() == 0 }, "all but the bad one")
		i.publish(papers[40], 2, 2)
		more := i.aboutMany(20)
		i.eventually(func() bool { return i.effects("clerk") == 49+len(more) && len(i.held(papers[40])) == 2 }, "the bad one's next waits")
		require.Equal(t, []string{"retry", "behind"}, i.held(papers[40]))
		for _, agg := range papers {
			if agg != papers[40] {
				require.Equal(t, upTo(1), i.notes("clerk", agg))
			}
		}
	})
}

func TestADeadlineBoundsASetAndThenEachOfItsEvents(t *testing.T) {
	inBubble(t, func(t *testing.T, i *instance) {
		papers := i.aboutMany(10)
		sub := i.takingSets("clerk", func(ctx context.Context, tx *sqldb.Tx, set []bus.Fact[note]) error {
			for _, f := range set {
				if f.Event.Paper == papers[3] {
					<-ctx.Done()
					return ctx.Err()
				}
				if _, err := tx.Exec(ctx, insertEffect, f.Event.Paper, f.Event.N, 0); err != nil {
					return err
				}
			}
			return nil
		})
		sub.Deadline = time.Second
		i.start(sub)
		later(10 * time.Second)
		require.Equal(t, 9, i.effects("clerk"))
		require.Equal(t, []string{"retry"}, i.held(papers[3]))
	})
}

func TestPublicationsOfASetNameTheirOwnCauses(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		i := newStore(t, e).first
		i.aboutMany(5)
		causes := i.pending()
		require.NoError(t, sqldb.InTx(t.Context(), i.dbs["desk"], func(tx *sqldb.Tx) error {
			var set []bus.Publication
			for _, cause := range causes {
				set = append(set, bus.Publication{Of: paper(cause.Aggregate.ID, 2), Event: note{N: 2}, Cause: cause})
			}
			return i.desk.PublishSet(t.Context(), tx, set)
		}))
		for k, answer := range i.pending()[5:] {
			require.Equal(t, causes[k].ID, answer.CausationID)
			require.Equal(t, causes[k].ID, answer.CorrelationID)
			require.Equal(t, causes[k].Aggregate.ID, answer.Aggregate.ID)
		}
	})
}

func TestOneVersionThatIsTakenRefusesTheWholeSet(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		i := newStore(t, e).first
		agg := id.New()
		i.publish(agg, 1, 1)
		err := sqldb.InTx(t.Context(), i.dbs["desk"], func(tx *sqldb.Tx) error {
			return i.desk.PublishSet(t.Context(), tx, []bus.Publication{
				{Of: paper(id.New(), 1), Event: note{N: 1}}, {Of: paper(agg, 1), Event: note{N: 1}},
			})
		})
		require.ErrorIs(t, err, bus.ErrVersionTaken)
		require.Equal(t, 1, i.outbox())
	})
}

func TestAPanicBeforeTheHandlerHoldsItsEventAndEndsNothingElse(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		i := newStore(t, e).first
		papers := i.aboutMany(20)
		sub := i.noting("clerk", always)
		sub.Handlers = []bus.Handler{bus.OnSet(
			func(n note) id.UUID {
				if n.Paper == papers[5] {
					panic("a key that can't be")
				}
				return n.Paper
			},
			func(ctx context.Context, tx *sqldb.Tx, set []bus.Fact[note]) error {
				for _, f := range set {
					if _, err := tx.Exec(ctx, insertEffect, f.Event.Paper, f.Event.N, 0); err != nil {
						return err
					}
				}
				return nil
			},
		)}
		i.start(sub)
		i.eventually(func() bool { return i.effects("clerk") == 19 && i.outbox() == 0 }, "the others")
		require.Equal(t, []string{"retry"}, i.held(papers[5]))
	})
}
