package httpapi_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// confirmations are facts of different orders, each in a chain of its own.
func confirmations(t *testing.T, n int) (set []event.Envelope, byOrder map[id.UUID]event.Envelope) {
	t.Helper()
	byOrder = make(map[id.UUID]event.Envelope, n)
	for range n {
		orderID := id.New()
		e := envelope(t, orderID, 2, confirmedFact(orderID))
		e.CorrelationID, e.TraceParent = id.New(), "of "+e.ID.String()
		set, byOrder[orderID] = append(set, e), e
	}
	return set, byOrder
}

func TestTwentyOrdersAreConfirmedByTwoStatements(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		var mu sync.Mutex
		var written []string
		s := open(t, e.With(sqldb.Options{Observe: func(q sqldb.Statement) {
			mu.Lock()
			defer mu.Unlock()
			if q.InTx {
				written = append(written, strings.Join(strings.Fields(q.Query)[:3], " "))
			}
		}}))
		s.confirm() // makes the consumer's number
		set, byOrder := confirmations(t, 20)
		written = nil
		require.NoError(t, bus.DeliverSet(t.Context(), s.sub, set))
		require.Equal(t, []string{"INSERT INTO bus_inbox", "SELECT agg_id FROM", "INSERT INTO shipment", "INSERT INTO bus_outbox"}, written)
		for orderID := range byOrder {
			require.Len(t, s.ofOrder(orderID).Lines, 2)
			require.Equal(t, []told{{"shipping.created", 1}}, s.published(orderID))
		}
	})
}

func TestEachShipmentOfASetAnswersItsOwnOrder(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		set, byOrder := confirmations(t, 20)
		require.NoError(t, bus.DeliverSet(t.Context(), s.sub, set))
		events, err := bus.Pending(t.Context(), s.db)
		require.NoError(t, err)
		require.Len(t, events, len(set))
		for orderID, cause := range byOrder {
			created := events[0]
			for _, e := range events {
				if strings.Contains(string(e.Payload), orderID.String()) {
					created = e
				}
			}
			require.Equal(t, cause.ID, created.CausationID)
			require.Equal(t, cause.CorrelationID, created.CorrelationID)
			require.Equal(t, cause.TraceParent, created.TraceParent)
			require.Equal(t, s.ofOrder(orderID).ID, created.Aggregate.ID.String())
		}
	})
}

func TestOrdersOfASetThatHaveAShipmentGetNoOther(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		set, byOrder := confirmations(t, 5)
		buried, shipped := set[1].Aggregate.ID, set[3].Aggregate.ID
		s.hear(buried, 3, cancelFact(buried))
		s.hear(shipped, 1, confirmedFact(shipped))
		first := s.ofOrder(shipped).ID
		require.NoError(t, bus.DeliverSet(t.Context(), s.sub, set))
		for orderID := range byOrder {
			switch orderID {
			case buried:
				require.Equal(t, "cancelled", s.ofOrder(orderID).Status)
				require.Equal(t, []told{{"shipping.cancelled", 1}}, s.published(orderID))
			case shipped:
				require.Equal(t, first, s.ofOrder(orderID).ID)
				require.Equal(t, []told{{"shipping.created", 1}}, s.published(orderID))
			default:
				require.Equal(t, "pending", s.ofOrder(orderID).Status)
				require.Equal(t, []told{{"shipping.created", 1}}, s.published(orderID))
			}
		}
	})
}
