package payment_test

import (
	"testing"

	"github.com/banyan-commerce/banyan/modules/payment"
	"github.com/banyan-commerce/banyan/platform/event/eventtest"
)

func TestEventsStayReadable(t *testing.T) {
	t.Parallel()
	eventtest.Golden(t, payment.Manifest().Publishes)
}
