package orderfx_test

import (
	"testing"

	"example.com/shop/modules/order"
	wire "example.com/shop/platform/remote/remotetest"
)

func TestConformance(t *testing.T) {
	wire.Everywhere(t, func(t *testing.T, s order.Service) {
		s.Read(t.Context(), order.ID{})
		s.Close(t.Context(), order.CloseRequest{})
		s.List(t.Context(), order.Page{})
	})
	wire.Complete[order.Service](t)
	wire.Golden(t)
}
