package catalog_test

import (
	"testing"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/platform/event/eventtest"
)

func TestEventsStayReadable(t *testing.T) {
	t.Parallel()
	eventtest.Golden(t, catalog.Manifest().Publishes)
}
