package rehearsal_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
)

// bugs are put into a copy of the shop on purpose, by -plant: then the rehearsal must fail.
func bugs() map[string][]shoptest.Patch {
	const (
		events = "\t\"github.com/banyan-commerce/banyan/platform/event\"\n"
		ids    = "\t\"github.com/banyan-commerce/banyan/platform/id\"\n"
	)
	return map[string][]shoptest.Patch{
		// The inbox does not know an event again that comes a second time.
		"inbox": {
			{File: "platform/bus/consumer.go", Old: events, New: events + ids},
			{File: "platform/bus/consumer.go", Old: "insertInbox, c.number, e.ID,", New: "insertInbox, c.number, id.New(),"},
			{File: "platform/bus/set.go", Old: "args = append(args, c.number, eventID)", New: "_ = eventID\n\t\targs = append(args, c.number, id.New())"},
		},
		// The provider is asked with another key each time.
		"key": {{File: "modules/payment/internal/sandbox/client.go", Old: "keyHeader, key.String())", New: "keyHeader, id.New().String())"}},
		// The broker has forgotten everything when it comes back, and nobody keeps what it confirmed.
		"broker": {{File: "platform/broker/natsd/natsd.go", Old: "\tc, err := o.configure()\n", New: "\t_ = os.RemoveAll(o.Store)\n\tc, err := o.configure()\n"}},
		// What goes to the broker leaves the outbox before it is confirmed.
		"bridge": {{File: "platform/bus/bridge.go", Old: "\tvar refused []item\n\tvar cause error\n", New: "\tvar refused []item\n\tvar cause error\n\tfor _, it := range items {\n\t\tit.from.finished(it)\n\t}\n"}},
		// The module goes on writing while its rows are copied.
		"fence": {{File: "platform/move/fence.go", Old: "\tfor _, t := range tables {\n\t\tfor _, verb := range []string{\"INSERT\", \"UPDATE\", \"DELETE\"} {\n\t\t\tif there", New: "\tfor _, t := range tables {\n\t\tfor _, verb := range []string{} {\n\t\t\tif there"}},
		// The trunk does not serve itself what the branch can't.
		"trunk": {{File: "platform/route/pass.go", Old: "case w.hosted && r.Context()", New: "case r == nil && r.Context()"}},
	}
}

func TestBugsThatCanBePlantedFitTheSource(t *testing.T) {
	t.Parallel()
	for name, patches := range bugs() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.NotEmpty(t, shoptest.Overlay(t, shoptest.Root, patches...))
		})
	}
}

// planted is the bug that was asked for.
func planted() []shoptest.Patch { return bugs()[given.plant] }

func isBug(name string) error {
	if _, known := bugs()[name]; name != "" && !known {
		return fmt.Errorf("-plant: there is no bug %q; there are %v", name, slices.Sorted(maps.Keys(bugs())))
	}
	return nil
}
