package catalogfx_test

import (
	"testing"

	"example.com/shop/modules/catalog"
	"example.com/shop/platform/remote/remotetest"
)

func TestConformance(t *testing.T) {
	remotetest.Everywhere(t, func(t *testing.T, s catalog.Service) { Reserve(s) })
	remotetest.Complete[catalog.Service](t)
	remotetest.Golden(t)
}

// Reserve has the name of the method, and calls nothing.
func Reserve(s catalog.Service) { _ = s.Reserve }
