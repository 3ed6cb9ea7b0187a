package bus

import (
	"encoding/json"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
)

// queued is an event of a type that has no handler for sets.
func queued(agg id.UUID, version int64, bytes int) item {
	return item{pos: version, event: event.Envelope{
		Aggregate: event.Aggregate{Type: "paper", ID: agg, Version: version}, Payload: make(json.RawMessage, bytes),
	}}
}

func positions(items []item) []int64 {
	var all []int64
	for _, it := range items {
		all = append(all, it.pos)
	}
	return all
}

func TestOnlyTheFirstEventOfASequenceIsToBeHad(t *testing.T) {
	t.Parallel()
	q := newQueue(nil)
	a, b := id.New(), id.New()
	for _, it := range []item{queued(a, 1, 0), queued(a, 2, 0), queued(b, 7, 0), queued(a, 3, 0)} {
		require.True(t, q.put(it))
	}
	first := q.take(q.singles, 10)
	require.Equal(t, []int64{1, 7}, positions(first))
	q.giveBack(q.singles, first[0])
	q.done(first[1])
	require.Equal(t, []int64{1}, positions(q.take(q.singles, 10)), "it comes again, and nothing else of its aggregate")
	q.done(first[0])
	second := q.take(q.singles, 10)
	require.Equal(t, []int64{2}, positions(second))
	q.done(second[0])
	q.done(q.take(q.singles, 10)[0])
	require.Empty(t, q.sequences)
	require.Zero(t, q.events)
}

func TestAFullQueueLetsItsScansWait(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int{"events": 0, "bytes": queueBytes / 8} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				q := newQueue(nil)
				held := 0
				put := make(chan bool)
				go func() {
					for q.put(queued(id.New(), 1, size)) {
						held++
					}
					close(put)
				}()
				synctest.Wait()
				require.Equal(t, map[string]int{"events": queueEvents, "bytes": 8}[name], held)
				q.done(q.take(q.singles, 1)[0])
				synctest.Wait()
				require.Equal(t, map[string]int{"events": queueEvents, "bytes": 8}[name]+1, held, "room for one more")
				q.close()
				<-put
				require.Nil(t, q.take(q.singles, 1), "closed")
			})
		})
	}
}
