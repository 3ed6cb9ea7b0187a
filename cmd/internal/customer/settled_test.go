package customer_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/internal/customer"
	"github.com/banyan-commerce/banyan/cmd/internal/scrape"
)

func TestAnOrderHasSettledWhenEachOfTheLastEventsIsTaken(t *testing.T) {
	t.Parallel()
	m, err := scrape.Read(strings.NewReader(`banyan_events_total{consumer="order",result="done",type="shipping.created"} 7
banyan_events_total{consumer="order",result="held",type="shipping.created"} 9
banyan_events_total{consumer="catalog",result="done",type="order.confirmed"} 20
banyan_events_total{consumer="shipping",result="done",type="order.confirmed"} 2
`))
	require.NoError(t, err)
	require.Equal(t, 7, customer.Settled(m), "what is held has not happened")
	require.Equal(t, 14, customer.Settled(m, m), "of two processes")
	require.Zero(t, customer.Settled(nil))
}
