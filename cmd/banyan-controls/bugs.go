package main

import (
	"cmp"
	"slices"
)

// bug is a mistake that others have made, and the words in which the rig must find it.
type bug struct {
	name  string
	rig   string // the package of the test; the simulation if empty
	test  string
	finds string // regular expression; empty: nothing is planted, and the rig passes
	edits []edit
}

func (b bug) in() string { return cmp.Or(b.rig, rig) }

// edit replaces a text that is in a file exactly once.
type edit struct{ file, old, new string }

const (
	onSQLite  = "TestNothingGoesWrongUnderAnySeed"
	onMariaDB = "TestNothingGoesWrongUnderSixteenPublishersWhileInstancesAreKilled"
)

const (
	ofAggregate = "aggregate{it.event.Aggregate.Type, it.event.Aggregate.ID}"
	ofEvent     = "aggregate{it.event.Type.Name, it.event.ID}"
)

func bugs() []bug { return slices.Concat(busBugs(), bridgeBugs()) }

func busBugs() []bug {
	return []bug{
		{name: "nothing planted", test: onSQLite},
		{name: "nothing planted, on MariaDB", test: onMariaDB},
		{
			name: "several workers take an aggregate at once", test: onSQLite, finds: "disordered: .*",
			edits: []edit{
				{"platform/bus/queue.go", "	of := " + ofAggregate, "	of := " + ofEvent},
				{"platform/bus/queue.go", "	s := q.sequences[" + ofAggregate + "]\n	l.", "	s := q.sequences[" + ofEvent + "]\n	l."},
				{"platform/bus/queue.go", "	s := q.sequences[" + ofAggregate + "]\n	s.", "	s := q.sequences[" + ofEvent + "]\n	s."},
			},
		},
		{
			name: "a cursor: what became visible late is not seen", test: onMariaDB, finds: "(not drained|lost|disordered): .*",
			edits: []edit{
				{"platform/bus/scan.go", "	return s.pass(ctx, s.trail[0], func(outboxRow) {})", "	return s.pass(ctx, s.last, func(outboxRow) {})"},
				{"platform/bus/scan.go", "	err := s.pass(ctx, 0, func", "	err := s.pass(ctx, s.last, func"},
				{"platform/bus/known.go", "			missed, news = append(missed, pos), true", "			news = true"},
				{"platform/bus/read.go", "	if s.from.db.Engine() == sqldb.SQLite {\n		return nil, nil\n	}", "	if s.from.db.Engine() != sqldb.Engine(\"\") {\n		return nil, nil\n	}"},
			},
		},
		{
			name: "no inbox", test: onSQLite, finds: "doubled: .*",
			edits: []edit{{
				"platform/bus/consumer.go", "		case sqldb.IsDuplicate(err):\n			return nil\n",
				"		case sqldb.IsDuplicate(err):\n			return c.run(ctx, tx, h, e)\n",
			}},
		},
		{
			name: "acknowledged before the effect's commit", test: onSQLite, finds: "lost: .*",
			edits: []edit{{
				"platform/bus/workers.go", "	err = w.fenced(ctx, func(ctx context.Context) error { return w.consumer.take(ctx, e) })\n",
				"	it.from.finished(it)\n	err = w.fenced(ctx, func(ctx context.Context) error { return w.consumer.take(ctx, e) })\n",
			}},
		},
		{
			name: "a set acknowledged when its first part is done", test: onSQLite, finds: "lost: .*",
			edits: []edit{{
				"platform/bus/workers.go", "	for _, m := range set {\n		w.finish(ctx, m.item)\n	}\n",
				"	for i, m := range set {\n		if i == 0 {\n			w.finish(ctx, m.item)\n		} else {\n			w.finished(m.item, \"done\")\n		}\n	}\n",
			}},
		},
		{
			name: "replay without its guard", test: onSQLite, finds: "(misled|an operator was overruled): .*",
			edits: []edit{{"platform/bus/replay.go", "replay_count = replay_count + 1 WHERE state = 'dead'", "replay_count = replay_count + 1 WHERE state <> ''"}},
		},
		{
			name: "an inbox cleaned too early", test: onSQLite, finds: "doubled: .*",
			edits: []edit{
				{"platform/bus/clean.go", "rememberFor = 30 * 24 * time.Hour", "rememberFor = 0"},
				{"platform/bus/clean.go", "			floor = oldest\n", "			_ = oldest\n"},
			},
		},
		{
			name: "an error at COMMIT taken for a rollback", test: onSQLite, finds: "misled: .* was rolled back.*",
			edits: []edit{{"platform/sqldb/writer.go", `err = fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)`, `err = fmt.Errorf("%w: %w", ErrBusy, err)`}},
		},
		{
			name: "an event overtakes those that are held", test: onSQLite, finds: "disordered: .*",
			edits: []edit{{"platform/bus/consumer.go", "			return c.hold(ctx, tx, e, behind, nil)", "			return c.run(ctx, tx, h, e)"}},
		},
		{
			name: "what is done is never deleted", test: onSQLite, finds: "not drained: .*",
			edits: []edit{{"platform/bus/schema.go", `"DELETE FROM bus_outbox WHERE pos IN (?)"`, `"DELETE FROM bus_outbox WHERE pos IN (?) AND pos < 0"`}},
		},
		{
			name: "held events are never retried", test: onSQLite, finds: "not settled: .*",
			edits: []edit{{"platform/bus/retry.go", "	return true, w.consumer.retryDue(ctx)", "	return true, nil"}},
		},
	}
}
