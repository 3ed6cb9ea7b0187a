package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// bench is one run.
type bench struct {
	options  options
	progress io.Writer
	dir      string
	grounds  map[sqldb.Engine]*ground
	running  trial
}

// trial is one contender of one row on one engine.
type trial struct {
	row    int
	engine sqldb.Engine
	name   string
	run    func(ctx context.Context, g *ground) (reading, error)
}

func (t trial) String() string { return fmt.Sprintf("row %d, %s, %s", t.row, t.engine, t.name) }

func run(ctx context.Context, args []string, out, progress io.Writer) (err error) {
	o, err := parse(args, progress)
	if err != nil {
		return err
	}
	b := &bench{options: o, progress: progress, grounds: make(map[sqldb.Engine]*ground)}
	if b.dir, err = os.MkdirTemp("", "banyan-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	report, err := b.measure(ctx)
	if err != nil {
		return err
	}
	report.write(out)
	if o.json != "" {
		if err := writeJSON(o.json, report); err != nil {
			return err
		}
	}
	return report.verdict(o.strict)
}

func (b *bench) close() error {
	var errs []error
	for _, g := range b.grounds {
		errs = append(errs, g.close())
	}
	return errors.Join(append(errs, os.RemoveAll(b.dir))...)
}

func writeJSON(path string, report report) error {
	text, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o600)
}

func (b *bench) measure(ctx context.Context) (report, error) {
	r := report{Date: now().UTC(), Machine: thisMachine(), Options: b.options.describe()}
	if b.options.profile != "" {
		if err := os.MkdirAll(b.options.profile, 0o750); err != nil {
			return r, err
		}
	}
	for _, engine := range b.options.engines {
		g, err := openGround(ctx, engine, b.dir)
		if err != nil {
			return r, err
		}
		b.grounds[engine] = g
		settings, err := describe(ctx, g)
		if err != nil {
			return r, err
		}
		r.Settings = append(r.Settings, string(engine)+": "+strings.Join(settings, "; "))
	}
	for round := range b.options.rounds {
		for _, t := range b.chosen(b.taking()) {
			if err := b.try(ctx, &r, t, fmt.Sprintf("round %d of %d", round+1, b.options.rounds)); err != nil {
				return r, err
			}
		}
	}
	for _, t := range b.chosen(b.once()) {
		if err := b.try(ctx, &r, t, "once"); err != nil {
			return r, err
		}
	}
	return r, nil
}

// taking are the trials that take turns.
func (b *bench) taking() []trial {
	if b.options.tune {
		return b.tunings()
	}
	return b.trials()
}

// once are the trials after them.
func (b *bench) once() []trial {
	if b.options.tune {
		return nil
	}
	return b.backlogs()
}

// describe asks a new shop for the settings that it runs with.
func describe(ctx context.Context, g *ground) (_ []string, err error) {
	s, err := g.openShop(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	return g.settings(ctx, s.desk)
}

func (b *bench) try(ctx context.Context, r *report, t trial, when string) error {
	b.running = t
	x, err := t.run(ctx, b.grounds[t.engine])
	if err != nil {
		return fmt.Errorf("%s: %w", t, err)
	}
	fmt.Fprintf(b.progress, "%s: %s: %s; %s\n", when, t, x, x.Audit)
	r.add(t, x)
	return nil
}

func (b *bench) chosen(all []trial) []trial {
	var some []trial
	for _, t := range all {
		if b.options.rows[t.row] && b.grounds[t.engine] != nil {
			some = append(some, t)
		}
	}
	return some
}
