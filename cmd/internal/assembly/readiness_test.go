package assembly_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/internal/assembly"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/module"
)

func TestTheWayOfACustomerIsWhatModulesSay(t *testing.T) {
	t.Parallel()
	manifests := map[string]module.Manifest{}
	for _, m := range assembly.Manifests() {
		manifests[m.Name] = m
	}
	states := func(from, name string) bool {
		return slices.ContainsFunc(manifests[from].Publishes, func(d event.Definition) bool { return d.Type.Name == name })
	}
	path := assembly.Confirmation()
	require.True(t, states("order", path.Begins), path.Begins)
	require.True(t, states("order", path.Ends), path.Ends)
	for _, leg := range path.Legs {
		if leg.Event == "" {
			require.Contains(t, manifests[leg.From].Calls, leg.To, leg)
			continue
		}
		require.True(t, states(leg.From, leg.Event), leg)
		require.Contains(t, manifests[leg.To].Listens, leg.Event, leg)
	}
}
