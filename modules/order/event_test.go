package order_test

import (
	"testing"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/platform/event/eventtest"
)

func TestEventsStayReadable(t *testing.T) {
	t.Parallel()
	eventtest.Golden(t, order.Manifest().Publishes)
}
