package billing_test

import (
	"testing"

	"example.com/shop/modules/billing"
	"example.com/shop/platform/event/eventtest"
)

func TestEventsAreWhatTheyWere(t *testing.T) {
	eventtest.Golden(t, billing.Manifest().Publishes)
}
