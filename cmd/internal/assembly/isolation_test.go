package assembly_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
	"github.com/banyan-commerce/banyan/cmd/internal/assembly"
	"github.com/banyan-commerce/banyan/platform/config"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/directory"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// What happens to one module of a running shop, and what its neighbours notice: nothing. A machine that does
// other things too may be slow; nobody waits for what is sick, which would take for ever.

const (
	ordersMeanwhile = 100
	customers       = 8
	mostPatience    = 9 * time.Second // of a customer, who asks the shop to wait for 10 s at most
)

// clinic is a shop in this process with a module that can be made sick.
type clinic struct {
	*shoptest.Server
	*ward

	t      *testing.T
	store  string
	app    *fx.App
	pieces map[string]int64
	placed []string // orders, by ID
	asking sync.WaitGroup
}

func openClinic(t *testing.T, e dbtest.Engine, module string) *clinic {
	t.Helper()
	return openClinicOn(t, e.MigratedURL(t, shoptest.Modules()...), module)
}

func openClinicOn(t *testing.T, store, module string) *clinic {
	t.Helper()
	c := &clinic{ward: &ward{module: module}, t: t, store: store, pieces: map[string]int64{"TEA": 10_000}}
	c.start()
	t.Cleanup(c.stop)
	c.Offer(t, c.pieces)
	return c
}

func (c *clinic) settings() config.Config {
	c.t.Helper()
	environ := append(shoptest.Environment(c.store), "BANYAN_ADDR=127.0.0.1:0")
	settings, err := config.Load(environ, assembly.ModuleNames())
	require.NoError(c.t, err)
	return settings
}

func (c *clinic) start() {
	c.t.Helper()
	settings := c.settings()
	tokens, err := settings.Tokens()
	require.NoError(c.t, err)
	var at assembly.Running
	c.app = fx.New(assembly.Graph(assembly.Setup{
		Config: settings, Tokens: tokens, Log: slog.New(slog.DiscardHandler), SQL: c.options(),
	}, &at))
	require.NoError(c.t, c.app.Err())
	require.NoError(c.t, c.app.Start(c.t.Context()))
	c.Server = shoptest.At("http://" + at.Address.String())
}

// stop ends the shop; a second time does nothing.
func (c *clinic) stop() {
	c.heal()
	c.asking.Wait()
	if c.app != nil {
		require.NoError(c.t, c.app.Stop(context.WithoutCancel(c.t.Context())))
	}
	c.app = nil
}

// place has customers place orders at once, each of whom waits for his to settle; it answers what they got
// and how long the slowest waited.
func (c *clinic) place(n, wait int) (answers []shoptest.Answer, slowest time.Duration) {
	c.t.Helper()
	answers = make([]shoptest.Answer, n)
	took := make([]time.Duration, n)
	shoptest.Each(c.t, customers, n, func(i int) {
		begin := time.Now()
		a, err := c.Post(c.t.Context(), shoptest.Buy("TEA", 1).Waiting(wait))
		if err != nil {
			c.t.Error(err)
		}
		answers[i], took[i] = a, time.Since(begin)
	})
	for _, a := range answers {
		require.Equal(c.t, http.StatusCreated, a.Status, a.Body)
		c.placed = append(c.placed, a.OrderID())
	}
	return answers, slices.Max(took)
}

// requireTheOthersWell: customers buy and read as if nothing were, and the operator reads orders and money.
func (c *clinic) requireTheOthersWell() {
	c.t.Helper()
	answers, slowest := c.place(ordersMeanwhile, 10)
	require.Less(c.t, slowest, mostPatience)
	for _, a := range answers {
		require.Equal(c.t, "confirmed", a.Read("status"), a.Body)
	}
	begin := time.Now()
	for _, path := range []string{
		"/v1/products", "/v1/skus/TEA", "/v1/orders?limit=10", "/v1/payments?limit=10",
		"/v1/orders/" + answers[0].OrderID(), "/v1/orders/" + answers[0].OrderID() + "/timeline",
	} {
		a := c.Ask(c.t, http.MethodGet, path, "", "Authorization", "Bearer "+shoptest.OperatorToken)
		require.Equal(c.t, http.StatusOK, a.Status, "%s: %s", path, a.Body)
	}
	require.Less(c.t, time.Since(begin), mostPatience)
	c.t.Logf("%d orders confirmed while %s was sick; the slowest took %s", len(answers), c.module, slowest.Round(time.Millisecond))
}

// requireTold: each of those who look is told what is sick. They look at once, because some of them wait for
// it a while.
func (c *clinic) requireTold(looks ...func()) {
	c.t.Helper()
	looks = append(looks, c.requireReady, c.requireMeasured, c.requireListed)
	shoptest.Each(c.t, len(looks), len(looks), func(i int) { looks[i]() })
}

// requireListed: the list of modules names it.
func (c *clinic) requireListed() {
	c.t.Helper()
	a := c.Ask(c.t, http.MethodGet, "/v1/system/modules", "", "Authorization", "Bearer "+shoptest.OperatorToken)
	require.Equal(c.t, http.StatusOK, a.Status, a.Body)
	for _, m := range shoptest.Decoded[directory.Document](c.t, a).Modules {
		require.Equal(c.t, m.Name == c.module, m.Live.Unreachable, m.Name)
	}
}

// requireReady: requests are not sent away from what is well.
func (c *clinic) requireReady() {
	c.t.Helper()
	a := c.Ask(c.t, http.MethodGet, "/readyz", "")
	require.Equal(c.t, http.StatusOK, a.Status, a.Body)
	require.Equal(c.t, "degraded", a.Read("status"))
	require.Equal(c.t, "database of "+c.module, a.Read("degraded", "0", "location"))
	require.Equal(c.t, "can't be reached", a.Read("degraded", "0", "message"))
	require.Empty(c.t, a.Read("degraded", "1", "location"), "the others are well")
}

// requireMeasured: figures of the others are there.
func (c *clinic) requireMeasured() {
	c.t.Helper()
	metrics := c.Ask(c.t, http.MethodGet, "/metrics", "")
	require.Equal(c.t, http.StatusOK, metrics.Status)
	for _, module := range shoptest.Modules() {
		if module != c.module {
			require.Contains(c.t, metrics.Body, fmt.Sprintf("banyan_outbox_events{module=%q}", module))
		}
	}
}

// requireDeskOpen: the operator sees how the others stand, and that the sick one does not answer.
func (c *clinic) requireDeskOpen() {
	c.t.Helper()
	a := c.Ask(c.t, http.MethodGet, "/v1/system/events", "", "Authorization", "Bearer "+shoptest.OperatorToken)
	require.Equal(c.t, http.StatusOK, a.Status, a.Body)
	status := shoptest.Decoded[struct {
		Schemas []struct {
			Module      string
			Unreachable bool
		}
	}](c.t, a)
	require.Len(c.t, status.Schemas, len(shoptest.Modules()))
	for _, s := range status.Schemas {
		require.Equal(c.t, s.Module == c.module, s.Unreachable, s.Module)
	}
}

// requireCaughtUp: all that was placed has its one shipment, and life goes on to the money.
func (c *clinic) requireCaughtUp() {
	c.t.Helper()
	require.Eventually(c.t, func() bool {
		return strings.Contains(c.Ask(c.t, http.MethodGet, "/readyz", "").Body, `"ready"`)
	}, shoptest.Patience, shoptest.Soon)
	books := c.RequireSound(c.t, c.pieces)
	for _, id := range c.placed {
		require.Equal(c.t, "confirmed", books.Orders[id].Status)
		require.Len(c.t, books.Shipments[id], 1)
	}
	parcel := books.Shipments[c.placed[0]][0]
	for _, kind := range []string{"packed", "shipped"} {
		a := c.Move(c.t, parcel.ID, kind)
		require.Equal(c.t, http.StatusOK, a.Status, a.Body)
	}
	c.Eventually(c.t, c.placed[0], func(o shoptest.Order) bool { return o.Payment == "captured" })
}

// call sends requests that need not be answered before the module is well.
func (c *clinic) call(n int, path string) (statuses chan int) {
	statuses = make(chan int, n)
	ctx := context.WithoutCancel(c.t.Context())
	for range n {
		c.asking.Go(func() {
			a, _ := c.Send(ctx, http.MethodGet, path, "", "Authorization", "Bearer "+shoptest.OperatorToken)
			statuses <- a.Status
		})
	}
	return statuses
}

// It looks at the goroutines of the whole process, so it runs alone.
func TestShippingHangsWithAllItsWorkersAndConnectionsAndNobodyElseNotices(t *testing.T) {
	dbtest.EachInTurn(t, func(t *testing.T, e dbtest.Engine) {
		c := openClinic(t, e, "shipping")
		c.place(5, 10)
		c.hang()
		asked := c.call(40, "/v1/shipments")
		c.requireTheOthersWell()
		c.requireTold(c.requireDeskOpen)
		require.Empty(t, asked, "each of shipping's routes hangs")
		stuck := stuck(t)
		// Each of them hears shipping by a goroutine of its own, which does nothing else.
		others := stuck["order"] + stuck["payment"] + stuck["catalog"]
		require.GreaterOrEqual(t, stuck["shipping"]+others, connections(e), "all of its connections hang: %v", stuck)
		require.LessOrEqual(t, others, 3, "%v", stuck)
		require.Zero(t, stuck[""], "each of them is somebody's: %v", stuck)
		c.requireTheOthersWell()
		c.heal()
		c.requireCaughtUp()
	})
}

// connections that a module has for reading; on MySQL also for writing.
func connections(e dbtest.Engine) int {
	if e.Kind == sqldb.SQLite {
		return 4
	}
	return 16
}

func TestAllOfShippingPanicsAndNobodyElseNotices(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		c := openClinic(t, e, "shipping")
		var leases atomic.Int64
		c.panicAfter(func(s sqldb.Statement) bool {
			if strings.Contains(s.Query, "bus_edge") {
				leases.Add(1)
			}
			return true
		})
		asked := c.call(40, "/v1/shipments")
		c.requireTheOthersWell()
		c.requireTold()
		if e.Kind == sqldb.MySQL { // a SQLite file needs no lease
			require.Eventually(t, func() bool { return leases.Load() > 0 }, shoptest.Patience, shoptest.Soon, "its lease is renewed")
		}
		for range cap(asked) {
			require.Equal(t, http.StatusInternalServerError, <-asked)
		}
		require.Greater(t, c.fits.Load(), int64(cap(asked)+1), "the bus's workers panic too")
		c.heal()
		c.requireCaughtUp()
	})
}

// The handlers alone: their events are held, and told; they run again by themselves.
func TestShippingsHandlersPanicAndNobodyElseNotices(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		c := openClinic(t, e, "shipping")
		c.panicAfter(func(s sqldb.Statement) bool { return s.InTx && strings.Contains(s.Query, "shipment") })
		c.requireTheOthersWell()
		require.Eventually(t, func() bool {
			return strings.Contains(c.Ask(t, http.MethodGet, "/metrics", "").Body, fmt.Sprintf(`banyan_events_held{consumer="shipping",state="retry"} %d`, ordersMeanwhile))
		}, shoptest.Patience, shoptest.Soon)
		c.heal()
		c.requireCaughtUp()
	})
}

func TestShippingsSchemaIsGoneAndNobodyElseNotices(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		c := openClinicOn(t, migratedStore(t, e), "shipping")
		c.destroy(e)
		c.requireTheOthersWell()
		c.requireTold(c.requireDeskOpen)
		c.stop()
		c.restore(e)
		c.start()
		c.requireCaughtUp()
	})
}

// migratedStore is one that a test may break.
func migratedStore(t *testing.T, e dbtest.Engine) string {
	t.Helper()
	if e.Kind == sqldb.SQLite {
		return e.MigratedURL(t, shoptest.Modules()...)
	}
	c := clinic{t: t, store: e.URL(t)}
	require.NoError(t, assembly.Migrate(t.Context(), c.settings(), func(string, int) {}))
	return c.store
}

// destroy drops the module's database, or empties its file, beneath the running shop.
func (c *clinic) destroy(e dbtest.Engine) {
	c.t.Helper()
	location := c.settings().Schemas().Location(c.module)
	if e.Kind == sqldb.SQLite {
		for _, file := range []string{location.Schema(c.module), location.Schema(c.module) + "-wal"} {
			require.NoError(c.t, os.Truncate(file, 0))
		}
		return
	}
	db, release, err := sqldb.OpenForMigration(c.t.Context(), location, c.module)
	require.NoError(c.t, err)
	_, err = db.ExecContext(c.t.Context(), "DROP DATABASE `"+location.Schema(c.module)+"`")
	require.NoError(c.t, err)
	require.NoError(c.t, release())
}

// restore makes the schema anew, empty; the shop must not run.
func (c *clinic) restore(e dbtest.Engine) {
	c.t.Helper()
	settings := c.settings()
	if e.Kind == sqldb.SQLite {
		path := settings.Schemas().Location(c.module).Schema(c.module)
		for _, file := range []string{path, path + "-wal", path + "-shm"} {
			require.NoError(c.t, os.RemoveAll(file))
		}
	}
	require.NoError(c.t, assembly.Migrate(c.t.Context(), settings, func(string, int) {}))
}

// More requests hang in shipping than it may have under way. The others have theirs.
func TestMoreRequestsForShippingHangThanItMayHaveAndNobodyElseNotices(t *testing.T) {
	t.Parallel()
	const budget, tooMany = 1024, 50
	c := openClinic(t, dbtest.Only(t, sqldb.SQLite), "shipping")
	c.hang()
	asked := c.call(budget+tooMany, "/v1/shipments")
	for range tooMany {
		require.Equal(t, http.StatusServiceUnavailable, <-asked)
	}
	require.Contains(t, c.Ask(t, http.MethodGet, "/metrics", "").Body, fmt.Sprintf(`banyan_http_module_requests_in_flight{module="shipping"} %d`, budget))
	c.requireTheOthersWell()
	require.Empty(t, asked)
	c.heal()
	c.requireCaughtUp()
}

// Nobody can pay while payment hangs. The customer is told in time that the order waits for its payment.
func TestPaymentHangsAndOrdersAreTakenAllTheSame(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		c := openClinic(t, e, "payment")
		c.hang()
		answers, slowest := c.place(16, 1)
		require.Less(t, slowest, mostPatience)
		for _, a := range answers {
			require.Equal(t, "pending_payment", a.Read("status"))
		}
		c.requireTold()
		c.heal()
		c.requireCaughtUp()
	})
}

// Who calls a module that panics gets an answer, which tells nothing of why.
func TestACatalogThatPanicsFailsTheCallsOfOrderAndNothingElse(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		c := openClinic(t, e, "catalog")
		placed, _ := c.place(1, 10)
		c.panicAfter(func(sqldb.Statement) bool { return true })
		for range 3 {
			a, err := c.Post(t.Context(), shoptest.Buy("TEA", 1))
			require.NoError(t, err)
			require.Equal(t, http.StatusInternalServerError, a.Status)
			require.Equal(t, "internal", a.Read("code"))
			require.NotContains(t, a.Body, "mistake")
		}
		require.Equal(t, "confirmed", c.Order(t, placed[0].OrderID()).Status)
		metrics := c.Ask(t, http.MethodGet, "/metrics", "").Body
		require.Contains(t, metrics, `banyan_calls_total{callee="catalog",caller="order",method="Reserve",result="internal"} 3`)
		require.Contains(t, metrics, `banyan_calls_total{callee="catalog",caller="order",method="Reserve",result="ok"} 1`)
		c.heal()
		c.requireCaughtUp()
	})
}
