package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/banyan-commerce/banyan/cmd/banyan-load/internal/path"
	"github.com/banyan-commerce/banyan/cmd/internal/customer"
	"github.com/banyan-commerce/banyan/cmd/internal/drive"
	"github.com/banyan-commerce/banyan/cmd/internal/sample"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// bench is one run: a folder that goes away with it, the built server, and the feed.
type bench struct {
	options  options
	progress io.Writer
	dir      string
	program  program
	rival    *program // of the revision to compare with; nil if none
	goods    customer.Goods
	feed     string
	mapping  string
}

func newBench(ctx context.Context, o options, progress io.Writer) (*bench, error) {
	dir, err := os.MkdirTemp("", "banyan-load-")
	if err != nil {
		return nil, err
	}
	b := &bench{options: o, progress: progress, dir: dir, goods: customer.Goods{N: o.products}}
	if b.feed, b.mapping, err = b.goods.Write(dir); err == nil {
		b.say("building the server")
		b.program, err = build(ctx, ".", dir, "banyan")
	}
	if err == nil && o.against != "" {
		b.say("building the server of %s", o.against)
		b.rival, err = buildRevision(ctx, o.against, dir)
	}
	if err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *bench) close() {
	if err := os.RemoveAll(b.dir); err != nil {
		b.say("left behind: %v", err)
	}
}

func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(b.progress, format+"\n", args...)
}

// Result is all that was measured on one engine.
type Result struct {
	Engine   sqldb.Engine `json:"engine"`
	Settings []string     `json:"settings"`
	Products int          `json:"products"`
	Clients  int          `json:"clients"`

	Import  float64       `json:"import_rows_per_second"`
	Startup time.Duration `json:"startup_ns"`
	Memory  int64         `json:"peak_rss_bytes"` // of the server; 0 where the system does not say
	Reads   drive.Reading `json:"reads"`
	Search  drive.Reading `json:"search"`
	Placing path.Cost     `json:"path_placing"`
	Whole   path.Cost     `json:"path_settled"`
	Rounds  []Round       `json:"rounds"`
	Audited int           `json:"orders_audited"`
	Against string        `json:"against,omitempty"`
}

// Round is one turn of both floors and the shop.
type Round struct {
	Bare  float64  `json:"bare_commits_per_second"`
	Path  float64  `json:"paths_per_second"`
	Shop  Ordering `json:"shop"`
	Share float64  `json:"settled_per_path"`
	Rival Ordering `json:"shop_of_against,omitzero"`

	Confirm drive.Reading `json:"place_to_confirmed"`
	Hanging Hanging       `json:"place_to_confirmed_while_shipping_hangs"`

	PathCPU Processor `json:"path_processor_per_order"`
	ShopCPU Processor `json:"shop_processor_per_order"`
}

func (b *bench) measureAll(ctx context.Context, out io.Writer) error {
	var results []Result
	for _, engine := range b.options.engines {
		r, err := b.measure(ctx, engine)
		if err != nil {
			return fmt.Errorf("%s: %w", engine, err)
		}
		results = append(results, r)
	}
	report := Report{Date: time.Now().UTC().Truncate(time.Second), Machine: thisMachine(), Length: b.options.length, Results: results}
	report.write(out)
	if b.options.json != "" {
		if err := report.save(b.options.json); err != nil {
			return err
		}
	}
	if b.options.strict && report.missed() > 0 {
		return fmt.Errorf("%w: %d of them", errMissed, report.missed())
	}
	return nil
}

// measure does all phases on one engine.
func (b *bench) measure(ctx context.Context, engine sqldb.Engine) (r Result, err error) {
	g, err := openGround(ctx, engine, b.dir)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, g.close()) }()
	r = Result{Engine: engine, Products: b.goods.N, Clients: b.options.clients}
	b.say("%s: importing %d products, twice: for the shop, and for the floors", engine, b.goods.N)
	took, err := b.program.importInto(ctx, g.url("shop"), b.feed, b.mapping)
	if err != nil {
		return r, err
	}
	r.Import = sample.Rate(b.goods.N, took)
	if _, err := b.program.importInto(ctx, g.url("floor"), b.feed, b.mapping); err != nil {
		return r, err
	}
	f, err := openFloors(ctx, g, b.goods, b.options.clients)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	if b.rival != nil {
		r.Against = b.options.against
		if _, err := b.rival.importInto(ctx, g.url("rival"), b.feed, b.mapping); err != nil {
			return r, err
		}
	}
	if r.Settings, err = g.settings(ctx, f.bare); err != nil {
		return r, err
	}
	r.Placing, r.Whole = f.path.Placing(), f.path.Settled()
	b.say("%s: %v", engine, r.Settings)
	return r, b.load(ctx, &r, g, f)
}

// load starts the server and measures everything that needs it.
func (b *bench) load(ctx context.Context, r *Result, g *ground, f *floors) (err error) {
	server, err := b.program.serve(ctx, string(r.Engine), g.url("shop"), b.options.profile != "")
	if err != nil {
		return err
	}
	defer func() { err = server.end(err) }()
	r.Startup = server.startup
	c := newCrowd(server.url, b.goods, b.options.clients)
	b.say("%s: ready after %s; reading", r.Engine, r.Startup.Round(time.Millisecond))
	if r.Reads, err = c.readProducts(ctx, b.options.length); err != nil {
		return err
	}
	if r.Search, err = c.search(ctx, b.options.length); err != nil {
		return err
	}
	var rival *crowd
	if b.rival != nil {
		other, err := b.rival.serve(ctx, string(r.Engine)+"-rival", g.url("rival"), false)
		if err != nil {
			return err
		}
		defer func() { err = other.end(err) }()
		rival = newCrowd(other.url, b.goods, b.options.clients)
	}
	for n := range b.options.rounds {
		stop := b.profile(ctx, server, r.Engine, n)
		round, err := b.round(ctx, c, f, spending{server: server.process.Pid, database: g.pid(), load: os.Getpid()})
		if err := errors.Join(err, stop()); err != nil {
			return fmt.Errorf("round %d: %w", n+1, err)
		}
		if rival != nil {
			if round.Rival, err = rival.order(ctx, b.options.length); err != nil {
				return fmt.Errorf("round %d, %s: %w", n+1, b.options.against, err)
			}
		}
		if err := b.confirmations(ctx, &round, c, g, n%2 == 1); err != nil {
			return fmt.Errorf("round %d: %w", n+1, err)
		}
		r.Rounds = append(r.Rounds, round)
		b.say("%s, round %d: %s", r.Engine, n+1, round)
	}
	r.Memory = server.peakMemory()
	r.Audited, err = c.audit(ctx)
	return err
}

func (b *bench) round(ctx context.Context, c *crowd, f *floors, cpu spending) (Round, error) {
	var r Round
	bare, err := f.commits(ctx, b.options.length)
	if err != nil {
		return r, err
	}
	begin := cpu.read()
	paths, err := f.paths(ctx, b.options.length)
	if err != nil {
		return r, err
	}
	between := cpu.read()
	if r.Shop, err = c.order(ctx, b.options.length); err != nil {
		return r, err
	}
	r.Bare, r.Path = bare.Rate(), paths.Rate()
	r.Share = sample.Per(r.Shop.Settled, r.Path)
	r.PathCPU = between.since(begin, len(paths.Took))
	r.ShopCPU = cpu.read().since(between, r.Shop.Orders)
	return r, nil
}

// confirmations are measured with shipping well and with shipping hanging, in turns that change places.
func (b *bench) confirmations(ctx context.Context, r *Round, c *crowd, g *ground, hangFirst bool) (err error) {
	well := func() error {
		r.Confirm, err = c.confirm(ctx, b.options.length)
		return err
	}
	hanging := func() error {
		r.Hanging, err = c.confirmWhile(ctx, b.options.length, "shipping", func(ctx context.Context) (func() error, error) {
			return g.hang(ctx, "shop", "shipping")
		})
		return err
	}
	turns := []func() error{well, hanging}
	if hangFirst {
		slices.Reverse(turns)
	}
	for _, turn := range turns {
		if err := turn(); err != nil {
			return err
		}
	}
	return nil
}

func (r Round) String() string {
	s := r.Shop
	return fmt.Sprintf("bare %.0f commits/s; path %.0f/s (%s); shop placed %.0f/s (p50 %s, p99 %s), settled %.0f/s = %.2f of the path (%s); "+
		"%.1f statements, %.1f transactions, %.1f commits, %.2f retries",
		r.Bare, r.Path, r.PathCPU, s.Placed.Rate, sample.Short(s.Placed.P50), sample.Short(s.Placed.P99), s.Settled, r.Share, r.ShopCPU,
		s.PerRow.Statements, s.PerRow.Units, s.PerRow.Commits, s.PerRow.Retries) +
		fmt.Sprintf("; confirmed after %s, %s while shipping hangs (%d events waited for it, caught up in %s)",
			sample.Short(r.Confirm.P50), sample.Short(r.Hanging.Confirm.P50), r.Hanging.Waited, sample.Short(r.Hanging.CaughtUp)) + r.versus()
}

func (r Round) versus() string {
	if r.Rival.Orders == 0 {
		return ""
	}
	return fmt.Sprintf("; compared with %.0f/s placed, %.0f/s settled", r.Rival.Placed.Rate, r.Rival.Settled)
}

// ledgers prints the statements of one order on each engine.
func (b *bench) ledgers(ctx context.Context, out io.Writer) error {
	for _, engine := range b.options.engines {
		if err := b.ledger(ctx, engine, out); err != nil {
			return fmt.Errorf("%s: %w", engine, err)
		}
	}
	return nil
}

func (b *bench) ledger(ctx context.Context, engine sqldb.Engine, out io.Writer) (err error) {
	g, err := openGround(ctx, engine, b.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.close()) }()
	if _, err := b.program.importInto(ctx, g.url("floor"), b.feed, b.mapping); err != nil {
		return err
	}
	p, other, err := record(ctx, g.url("floor"), b.goods)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "### %s\n\n", engine)
	p.WriteLedger(out, other)
	fmt.Fprintf(out, "\nUnder load, with %d clients for %s:\n\n", b.options.clients, b.options.length)
	return b.tally(ctx, g.url("floor"), out)
}

// tally counts statements while the clients place orders at a shop in this process.
func (b *bench) tally(ctx context.Context, db string, out io.Writer) error {
	var t path.Tally
	s, err := startShop(ctx, db, t.Observe, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { _ = s.stop(context.WithoutCancel(ctx)) }() // the figures are there; the folder goes away
	t.Start()
	o, err := newCrowd(s.url, b.goods, b.options.clients).order(ctx, b.options.length)
	if err != nil {
		return err
	}
	t.Write(out, o.Orders)
	fmt.Fprintln(out)
	return nil
}

// profile records what the server's processor does in the second round, or the only one.
func (b *bench) profile(ctx context.Context, server *child, engine sqldb.Engine, round int) (stop func() error) {
	if b.options.profile == "" || round != min(1, b.options.rounds-1) {
		return func() error { return nil }
	}
	done := make(chan error, 1)
	go func() { done <- b.fetchProfile(ctx, server, engine) }()
	return func() error { return <-done }
}

func (b *bench) fetchProfile(ctx context.Context, server *child, engine sqldb.Engine) error {
	wait := time.NewTimer(2 * b.options.length) // the floors go first
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	c := customer.New("http://" + server.debug)
	c.HTTP.Timeout = b.options.length + time.Minute
	text, err := c.Get(ctx, fmt.Sprintf("/debug/pprof/profile?seconds=%d", max(1, int(b.options.length.Seconds()))), "")
	if err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	return os.WriteFile(filepath.Clean(b.options.profile)+"."+string(engine), text, 0o600)
}

// save writes all figures as JSON.
func (r Report) save(file string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644) //nolint:gosec // figures are for everybody to read
}
