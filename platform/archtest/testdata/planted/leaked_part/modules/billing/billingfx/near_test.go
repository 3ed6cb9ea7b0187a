package billingfx_test

import (
	"testing"

	"example.com/shop/modules/billing"
	"example.com/shop/platform/remote/remotetest"
)

func TestConformance(t *testing.T) {
	remotetest.Everywhere(t, func(t *testing.T, s billing.Service) { s.Bill(t.Context(), "1") })
	remotetest.Complete[billing.Service](t)
	remotetest.Golden(t)
}
