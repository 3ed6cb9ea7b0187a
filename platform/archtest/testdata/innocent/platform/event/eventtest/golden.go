package eventtest

import (
	"testing"

	"example.com/shop/platform/event"
)

func Golden(t *testing.T, definitions []event.Definition) {}
