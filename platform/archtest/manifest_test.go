package archtest_test

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/archtest"
)

func TestAManifestIsReadThroughNames(t *testing.T) {
	t.Parallel()
	tree := shop(t, fstest.MapFS{"modules/order/order.go": {Data: []byte(`package order

import (
	"example.com/shop/platform/event"
	"example.com/shop/platform/module"
)

type Placed struct{}

func (*Placed) EventType() event.Type { return placed }

var (
	placed      = event.Type{"order.placed", 1}
	first       = Placed{}
	placedEvent = event.Define(&first)
	tables      = []string{"purchase_order", line}
)

const line = "order_" + "line"

func Manifest() module.Manifest {
	return module.Manifest{Name: "order", Publishes: []event.Definition{placedEvent}, Tables: tables}
}
`)}})
	require.Empty(t, archtest.Manifests(tree))
	m := tree.Modules[0].Manifest
	require.Equal(t, "order.placed", m.Publishes[0].Text)
	require.Equal(t, []archtest.Entry{{Text: "purchase_order", Line: 16}, {Text: "order_line", Line: 16}}, m.Tables)
}
