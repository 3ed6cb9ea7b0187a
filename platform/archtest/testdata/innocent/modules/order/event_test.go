package order_test

import (
	"testing"

	"example.com/shop/modules/order"
	"example.com/shop/platform/event/eventtest"
)

func TestEventsAreWhatTheyWere(t *testing.T) {
	eventtest.Golden(t, order.Manifest().Publishes)
}
