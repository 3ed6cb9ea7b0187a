package refund_test

import (
	"testing"

	"example.com/shop/modules/refund"
	"example.com/shop/platform/event/eventtest"
)

func TestEventsAreWhatTheyWere(t *testing.T) {
	eventtest.Golden(t, refund.Manifest().Publishes)
}
