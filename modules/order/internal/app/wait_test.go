package app_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/modules/order/internal/ordertest"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// looked gives a database that tells when a waiting request has looked at its order.
func looked(t *testing.T, e dbtest.Engine) (*sqldb.DB, <-chan struct{}) {
	t.Helper()
	looks := make(chan struct{}, 1)
	db := e.With(sqldb.Options{Observe: func(s sqldb.Statement) {
		if strings.HasPrefix(s.Query, "SELECT status, attempt_state ") {
			select {
			case looks <- struct{}{}:
			default:
			}
		}
	}}).DB(t, "order")
	return db, looks
}

// hearAfterLook delivers a fact to one instance while a request waits at another or the same one, and
// answers what the request was told. It fails when nothing woke the request within ten seconds.
func hearAfterLook(t *testing.T, waits, hears *ordertest.Shop, looks <-chan struct{}, v core.View, fact event.Event) core.View {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	heard := make(chan error, 1)
	go func() {
		<-looks
		heard <- hears.Hear(fact)
	}()
	now, err := waits.Await(ctx, v.ID, time.Hour, nil)
	require.NoError(t, err)
	require.NoError(t, <-heard)
	return now
}

func TestAWaitingRequestIsWokenByACommitOfItsOwnProcess(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		db, looks := looked(t, e)
		shop := ordertest.Open(t, db)
		shop.LookAgainAfter(time.Hour)
		v := shop.Placed()
		now := hearAfterLook(t, shop, shop, looks, v, ordertest.Authorised(v))
		require.Equal(t, core.Confirmed, now.Status)
	})
}

func TestAWaitingRequestFindsWhatAnotherInstanceCommitted(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		db, looks := looked(t, e)
		shop := ordertest.Open(t, db)
		v := shop.Placed()
		now := hearAfterLook(t, shop, shop.Another(), looks, v, ordertest.Declined(v))
		require.Equal(t, core.PendingPayment, now.Status, "a decline settles the attempt, not the order")
		require.Equal(t, "declined", now.PaymentStatus())
	})
}

func TestAWaitEndsAtItsLimitOrWhenTheServerDrains(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		shop := ordertest.Open(t, e.DB(t, "order"))
		v := shop.Placed()
		now, err := shop.Await(t.Context(), v.ID, time.Millisecond, nil)
		require.NoError(t, err)
		require.Equal(t, core.PendingPayment, now.Status)
		draining := make(chan struct{})
		close(draining)
		now, err = shop.Await(t.Context(), v.ID, 30*time.Second, draining)
		require.NoError(t, err)
		require.Equal(t, core.PendingPayment, now.Status)
	})
}
