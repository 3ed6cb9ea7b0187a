package billingfx_test

import (
	"testing"

	"example.com/shop/platform/remote/remotetest"
)

// Naming them is not enough.
var (
	_ = remotetest.Everywhere[int]
	_ = remotetest.Golden
)

func TestNothing(t *testing.T) {}
