package app

import "testing"

func TestProse(t *testing.T) {
	t.Run("delete from purchase_order is refused", func(t *testing.T) {
		t.Log("select lines from orders")
		t.Fatalf("insert into orders: %d", 1)
	})
}
