package tax_test

import (
	"testing"

	"example.com/shop/modules/tax"
	"example.com/shop/platform/event/eventtest"
)

func TestEventsAreWhatTheyWere(t *testing.T) {
	eventtest.Golden(t, tax.Manifest().Publishes)
}
