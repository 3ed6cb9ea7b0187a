package catalog_test

import (
	"testing"

	"example.com/shop/modules/catalog"
	"example.com/shop/platform/event/eventtest"
)

func TestEventsAreWhatTheyWere(t *testing.T) {
	eventtest.Golden(t, catalog.Manifest().Publishes)
}
