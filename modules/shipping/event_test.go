package shipping_test

import (
	"testing"

	"github.com/banyan-commerce/banyan/modules/shipping"
	"github.com/banyan-commerce/banyan/platform/event/eventtest"
)

func TestEventsStayReadable(t *testing.T) {
	t.Parallel()
	eventtest.Golden(t, shipping.Manifest().Publishes)
}
