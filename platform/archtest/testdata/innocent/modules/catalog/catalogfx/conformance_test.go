package catalogfx_test

import (
	"testing"

	"example.com/shop/modules/catalog"
	"example.com/shop/platform/remote/remotetest"
)

func TestConformance(t *testing.T) {
	remotetest.Everywhere(t, func(t *testing.T, s catalog.Service) { s.Reserve(t.Context(), "A") })
	remotetest.Complete[catalog.Service](t)
	remotetest.Golden(t)
}
