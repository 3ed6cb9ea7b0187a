package billing_test

import (
	"testing"

	"example.com/shop/platform/event/eventtest"
)

// Naming it is not enough.
var _ = eventtest.Golden

func TestNothing(t *testing.T) {}
