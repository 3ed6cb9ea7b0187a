package chaos_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
)

// control is a bug that is put into the bus on purpose, and what the audit must find then. An audit that
// finds nothing would find nothing in the bus either.
type control struct {
	name    string
	engine  string
	flags   []string
	calm    bool // nothing goes wrong: the bug shows by itself, or hides when instances begin anew
	patches []shoptest.Patch
	found   func(v verdict) int64
}

func controls() []control {
	const (
		consumer = "platform/bus/consumer.go"
		set      = "platform/bus/set.go"
		queue    = "platform/bus/queue.go"
		scan     = "platform/bus/scan.go"
	)
	return []control{
		{
			name: "no inbox", engine: "sqlite",
			patches: []shoptest.Patch{
				in(consumer, "\t\"github.com/banyan-commerce/banyan/platform/event\"\n", "\t\"github.com/banyan-commerce/banyan/platform/event\"\n\t\"github.com/banyan-commerce/banyan/platform/id\"\n"),
				in(consumer, "insertInbox, c.number, e.ID,", "insertInbox, c.number, id.New(),"),
				in(set, "args = append(args, c.number, eventID)", "_ = eventID\n\t\targs = append(args, c.number, id.New())"),
			},
			found: func(v verdict) int64 { return v.doubled },
		},
		{
			name: "acknowledged before it is done", engine: "sqlite", flags: []string{"-publishers", "16", "-backlog", "100000"},
			patches: []shoptest.Patch{in(queue, "s.items = append(s.items, it)\n", "s.items = append(s.items, it)\n\tit.scan.finished(it)\n")},
			found:   func(v verdict) int64 { return v.lost },
		},
		{
			name: "a cursor over positions", engine: "mysql", calm: true, flags: []string{"-publishers", "16"},
			patches: []shoptest.Patch{in(
				scan, "for _, row := range rows {\n\t\ts.last = max(s.last, row.Pos)\n",
				"cursor := s.last\n\tfor _, row := range rows {\n\t\tif row.Pos <= cursor {\n\t\t\tcontinue\n\t\t}\n\t\ts.last = max(s.last, row.Pos)\n",
			)},
			found: func(v verdict) int64 { return v.lost },
		},
		{
			name: "no sequence per aggregate", engine: "mysql", calm: true, flags: []string{"-papers", "3"},
			patches: []shoptest.Patch{
				in(queue, "of := aggregate{it.event.Aggregate.Type, it.event.Aggregate.ID}", "of := aggregate{it.event.Aggregate.Type, it.event.ID}"),
				in(
					queue, "s := q.sequences[aggregate{it.event.Aggregate.Type, it.event.Aggregate.ID}]\n\tl.waiting",
					"s := q.sequences[aggregate{it.event.Aggregate.Type, it.event.ID}]\n\tl.waiting",
				),
				in(
					queue, "s := q.sequences[aggregate{it.event.Aggregate.Type, it.event.Aggregate.ID}]\n\ts.items",
					"s := q.sequences[aggregate{it.event.Aggregate.Type, it.event.ID}]\n\ts.items",
				),
			},
			found: func(v verdict) int64 { return v.disordered },
		},
	}
}

func in(file, old, by string) shoptest.Patch {
	return shoptest.Patch{File: file, Old: old, New: by}
}

const (
	controlLength   = 5 * time.Second
	controlPatience = 12 * time.Second // for what never drains
)

// Planting takes minutes; that a bug still has its place in the code is seen in a moment, and in each run.
func TestEachPlantedBugHasItsPlace(t *testing.T) {
	t.Parallel()
	for _, c := range controls() {
		shoptest.Overlay(t, "..", c.patches...)
	}
}

func TestEachPlantedBugIsFound(t *testing.T) {
	for _, c := range controls() {
		t.Run(c.name, func(t *testing.T) {
			given.wants(t, "controls", c.engine)
			node := program(t, ".", "./busnode", shoptest.Overlay(t, "..", c.patches...))
			s := c.office(t, node)
			f := &figures{counts: map[string]int64{}}
			v := s.storm(t, f, given.seed, controlLength, controlPatience)
			t.Log(v)
			require.Positive(t, c.found(v), "the audit finds nothing: %s", v)
			require.False(t, v.sound())
		})
	}
}

// office is one instance: another one would do what the first has passed over.
func (c control) office(t *testing.T, node string) *site {
	t.Helper()
	var s *site
	if c.engine == "sqlite" {
		s = newOffice(t, onFiles(t), node, 1, c.flags...)
	} else {
		s = newOffice(t, onServer(t, newServer(t), fmt.Sprintf("control%d", given.seed), 1), node, 1, c.flags...)
	}
	s.calm = c.calm
	return s
}
