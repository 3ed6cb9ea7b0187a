package catalogfx_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/modules/catalog/catalogfx"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/store"
	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/config"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/remote"
	"github.com/banyan-commerce/banyan/platform/remote/remotetest"
	"github.com/banyan-commerce/banyan/platform/route"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// place is where a catalog runs, seen by who calls it.
type place struct {
	catalog.Service

	wire  *remotetest.Wire // nil in process
	store string
	clerk func(errand string) (string, error) // works where the catalog is: a database file has one process
	stop  func()                              // ends another process at once; nil if there is none
}

// everywhere runs a test of the contract in process, over a wire within this process, with half of the keys here
// and half over that wire, and with the catalog in another process; on both engines.
func everywhere(t *testing.T, test func(t *testing.T, p *place)) {
	t.Helper()
	remotetest.Everywhere(t, places(), test)
}

// apart is everywhere but in process.
func apart(t *testing.T, test func(t *testing.T, p *place)) {
	t.Helper()
	remotetest.Apart(t, places(), test)
}

func places() remotetest.Places[*place] {
	return remotetest.Places[*place]{InProcess: inProcess, OverWire: overWire, AtShare: atShare, OtherProcess: otherProcess}
}

func inProcess(t *testing.T, e dbtest.Engine) *place {
	t.Helper()
	p := &place{store: e.MigratedURL(t, "catalog")}
	p.Service = p.host(t).Service
	return p
}

func overWire(t *testing.T, e dbtest.Engine) *place {
	t.Helper()
	p := &place{store: e.MigratedURL(t, "catalog")}
	p.far(t, remotetest.Serve(t, p.host(t).Served...))
	return p
}

// atShare is a catalog that is here, and for half of the calls over a wire, too.
func atShare(t *testing.T, e dbtest.Engine) *place {
	t.Helper()
	p := &place{store: e.MigratedURL(t, "catalog")}
	db := p.openHere(t)
	far, _ := host(t, db, nil)
	address := remotetest.Serve(t, far.Served...)
	table := shared(t, db, address, 50)
	near, metrics := host(t, db, beside(t, address, table, nil))
	p.Service = near.Service
	p.clerk = func(errand string) (string, error) { return run(context.Background(), db, metrics, errand) }
	return p
}

// beside tells a catalog of another one, and by which table calls go there. wire may be nil.
func beside(t *testing.T, address string, table *route.Table, wire *remotetest.Wire) func(*remote.PeerOptions) {
	t.Helper()
	at, err := url.Parse(address)
	require.NoError(t, err)
	return func(o *remote.PeerOptions) {
		o.Addresses, o.Secret, o.Table = map[string][]*url.URL{"catalog": {at}}, remotetest.Secret, table
		if wire != nil {
			o.Wrap = wire.Wrap
		}
	}
}

// shared is a table by which so many percent of the catalog's calls go to an address.
func shared(t *testing.T, db *sqldb.DB, address string, percent int) *route.Table {
	t.Helper()
	settings := route.Settings{
		Peers: map[string][]string{"catalog": {address}}, Calls: map[string][]string{"catalog": {address}}, Called: []string{"catalog"},
	}
	book := route.NewBook(func() []*sqldb.DB { return []*sqldb.DB{db} }, settings, time.Now)
	table, err := route.NewTable(route.Options{
		Modules: []string{"catalog"}, Hosted: []string{"catalog"}, Unguarded: []string{"catalog"}, Settings: settings, Book: book,
		Now: time.Now, Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(),
	})
	require.NoError(t, err)
	_, err = book.Change(t.Context(), "operator", "", "catalog", route.Change{Share: &percent})
	require.NoError(t, err)
	require.NoError(t, table.Refresh(t.Context(), "catalog"))
	return table
}

func otherProcess(t *testing.T, e dbtest.Engine) *place {
	t.Helper()
	p := &place{store: e.MigratedURL(t, "catalog")}
	p.far(t, p.start(t))
	return p
}

// host runs the place's catalog in this process.
func (p *place) host(t *testing.T) hosted {
	t.Helper()
	db := p.openHere(t)
	h, metrics := host(t, db, nil)
	p.clerk = func(errand string) (string, error) { return run(context.Background(), db, metrics, errand) }
	return h
}

func (p *place) openHere(t *testing.T) *sqldb.DB {
	t.Helper()
	db, err := open(t.Context(), p.environ(), dbtest.Watched(t, sqldb.Options{RunTwice: true, Observe: moods}))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func (p *place) environ() []string { return append(dbtest.Settings(p.store), "BANYAN_DB="+p.store) }

func open(ctx context.Context, environ []string, o sqldb.Options) (*sqldb.DB, error) {
	c, err := config.Load(environ, []string{"catalog"})
	if err != nil {
		return nil, err
	}
	schemas := c.Schemas()
	schemas.Options = o
	return schemas.Open(ctx, "catalog")
}

// moods are of the code that works for a SKU with such a name.
func moods(s sqldb.Statement) {
	switch text := fmt.Sprint(s.Args...); {
	case strings.Contains(text, "PANIC"):
		panic("a mistake of the catalog: hunter2")
	case strings.Contains(text, "HANG"):
		select {}
	}
}

// far makes the place one that is called at an address.
func (p *place) far(t *testing.T, address string) {
	t.Helper()
	p.wire = &remotetest.Wire{}
	p.Service = client(t, remotetest.Peers(t, "catalog", address, p.wire.Wrap))
}

func client(t *testing.T, peers *remote.Peers) catalog.Service {
	t.Helper()
	var service catalog.Service
	require.NoError(t, fx.New(fx.NopLogger, catalogfx.Remote(), fx.Supply(peers), fx.Populate(&service)).Err())
	return service
}

// hosted is what the catalog's wiring gives to callers.
type hosted struct {
	fx.In

	Service catalog.Service
	Served  []remote.Served `group:"contracts"`
}

// host runs a catalog, which is told of others by peers; that may be nil.
func host(t *testing.T, db *sqldb.DB, peers func(*remote.PeerOptions)) (hosted, *prometheus.Registry) {
	t.Helper()
	var h hosted
	metrics := prometheus.NewRegistry()
	meter, err := boundary.NewMeter(time.Now, slog.New(slog.DiscardHandler), metrics)
	require.NoError(t, err)
	others := remote.PeerOptions{Meter: meter, Now: time.Now}
	if peers != nil {
		peers(&others)
	}
	require.NoError(t, fx.New(
		fx.NopLogger, catalogfx.Module(),
		fx.Supply(db, slog.New(slog.DiscardHandler), remote.NewPeers(others)),
		fx.Provide(
			func() func() time.Time { return func() time.Time { return noon } },
			func(log *slog.Logger, now func() time.Time) *bus.Bus {
				return bus.New(log, now, prometheus.NewRegistry())
			},
		),
		fx.Invoke(func(found hosted) { h = found }),
	).Err())
	return h, metrics
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) //nolint:gochecknoglobals // a constant: what time it is for every catalog here

const storeVariable = "BANYAN_TEST_CATALOG_OF_ANOTHER_PROCESS"

// start runs a catalog in another process, which is this test's binary, until stop or the end of the test.
// It answers the address at which it is called.
func (p *place) start(t *testing.T) string {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), os.Args[0], "-test.run=^TestTheCatalogOfAnotherProcess$", "-test.timeout=10m")
	cmd.Env = append(append(os.Environ(), p.environ()...), storeVariable+"=1")
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	p.stop = sync.OnceFunc(func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
		_ = in.Close()
	})
	t.Cleanup(p.stop)
	lines := bufio.NewScanner(out)
	says := func(word string) string {
		var said []string
		for lines.Scan() {
			if rest, ok := strings.CutPrefix(lines.Text(), word); ok {
				return rest
			}
			said = append(said, lines.Text())
		}
		require.Fail(t, "the other process has ended", "%q", said)
		return ""
	}
	p.clerk = func(errand string) (string, error) {
		_, err := fmt.Fprintln(in, errand)
		return says("done: "), err
	}
	return says("serves at ")
}

// TestTheCatalogOfAnotherProcess is that process. It ends with its parent, whose death closes its input.
func TestTheCatalogOfAnotherProcess(t *testing.T) {
	if os.Getenv(storeVariable) == "" {
		return // nothing to test: start runs it
	}
	db, err := open(t.Context(), settings(os.Environ()), sqldb.Options{Observe: moods})
	require.NoError(t, err)
	h, metrics := host(t, db, nil)
	fmt.Fprintln(os.Stdout, "serves at "+remotetest.Serve(t, h.Served...))
	errands := bufio.NewScanner(os.Stdin)
	for errands.Scan() {
		answer, err := run(t.Context(), db, metrics, errands.Text())
		require.NoError(t, err)
		fmt.Fprintln(os.Stdout, "done: "+answer)
	}
}

// settings are those of an environment that concern databases.
func settings(environ []string) []string {
	return slices.DeleteFunc(environ, func(v string) bool {
		return strings.HasPrefix(v, "BANYAN_") && !strings.HasPrefix(v, "BANYAN_DB")
	})
}

// run does an errand in the schema: "sells CURRENCY PRICE SKU..." puts SKUs on sale, with ten pieces each;
// "held SKU" counts the pieces that are held; "callers" are who has called.
func run(ctx context.Context, db *sqldb.DB, metrics *prometheus.Registry, errand string) (string, error) {
	words := strings.Fields(errand)
	switch words[0] {
	case "held":
		found, err := store.Stock(ctx, db, words[1:])
		return strconv.FormatInt(found[words[1]].Held, 10), err
	case "callers":
		return callers(metrics)
	}
	currency, price := words[1], words[2]
	feed := "sku,price,stock\n"
	for _, sku := range words[3:] {
		feed += sku + "," + price + ",10\n"
	}
	var rejected []string
	_, err := catalogfx.Import{
		Source: "test-" + strings.ToLower(currency), Mapping: strings.NewReader(fmt.Sprintf(mapping, currency)), Feed: strings.NewReader(feed),
		Rejected: func(why string) { rejected = append(rejected, why) },
		Progress: func(int64, catalogfx.ImportSummary) error { return nil },
	}.Run(ctx, db, func() time.Time { return noon })
	return strings.Join(rejected, "; "), err
}

func callers(metrics *prometheus.Registry) (string, error) {
	families, err := metrics.Gather()
	var names []string
	for _, f := range families {
		for _, one := range f.GetMetric() {
			for _, l := range one.GetLabel() {
				if f.GetName() == "banyan_calls_total" && l.GetName() == "caller" {
					names = append(names, l.GetValue())
				}
			}
		}
	}
	return strings.Join(names, " "), err
}

const mapping = `
currency: %s
decimal: "."
fields:
  id: {column: sku}
  name: {column: sku}
  category: {column: sku, split: ">"}
  sku: {column: sku}
  price: {column: price}
  stock: {column: stock}
`

// sells puts SKUs on sale, with ten pieces each.
func (p *place) sells(t *testing.T, currency string, price int64, skus ...string) {
	t.Helper()
	rejected, err := p.clerk(fmt.Sprintf("sells %s %d %s", currency, price, strings.Join(skus, " ")))
	require.NoError(t, err)
	require.Empty(t, rejected)
}

// held counts the pieces of TEA that are.
func (p *place) held(t *testing.T) int {
	t.Helper()
	answer, err := p.clerk("held TEA")
	require.NoError(t, err)
	n, err := strconv.Atoi(answer)
	require.NoError(t, err)
	return n
}
