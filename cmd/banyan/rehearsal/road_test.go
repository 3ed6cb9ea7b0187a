package rehearsal_test

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// road is the way out and back that the page describes, walked under load.
type road struct {
	*deployment

	engine    sqldb.Engine
	away      time.Duration // of who is killed for long
	customers *customers
	stations  []station
	held      int       // times that customers were let order for a while
	begun     time.Time // of the present station
}

// The page's commands take a module out and bring it back while customers order and processes are killed. Every
// order that was answered 201 ends as it should, once, and nobody meets an error but while the process he needs is away.
func TestTheGuideLeadsOutAndBackWhileCustomersOrder(t *testing.T) {
	t.Parallel()
	for _, module := range given.names() {
		t.Run(module, func(t *testing.T) {
			if !given.long {
				t.Parallel()
			}
			here := dbtest.Only(t, sqldb.MySQL)
			walk(t, sqldb.MySQL, module, here.URL(t), here.URL(t))
		})
	}
	t.Run("from files", func(t *testing.T) {
		if !given.long {
			t.Parallel()
		}
		walk(t, sqldb.SQLite, "payment", dbtest.Only(t, sqldb.SQLite).URL(t), dbtest.Only(t, sqldb.MySQL).URL(t))
	})
}

// walk goes the whole way from one place of the shop's data to another, and back.
func walk(t *testing.T, engine sqldb.Engine, module, database, elsewhere string) {
	t.Helper()
	r := newRoad(t, engine, module, database, elsewhere)
	blocks := slices.DeleteFunc(readGuide(t), func(b block) bool { return b.kind == skeleton || !b.isFor(engine) })
	for i, b := range blocks {
		if i == 0 || blocks[i-1].section != b.section {
			r.begun = time.Now()
		}
		r.do(t, b.of(module))
		r.suffer(t, func(m misfortune) bool { return m.at(b) })
		if i+1 == len(blocks) || blocks[i+1].section != b.section {
			r.leave(t, b.section)
		}
	}
	r.customers.close(t)
	r.provider.Reliable.Store(true)
	fmt.Print(r.report())
	r.requireNothingLostOrDoubled(t)
	r.customers.requireOnlyExcused(t, r.deployment)
	r.endAll(t)
}

func newRoad(t *testing.T, engine sqldb.Engine, module, database, elsewhere string) *road {
	t.Helper()
	staying := slices.DeleteFunc(shoptest.Modules(), func(name string) bool { return name == module })
	tree, err := filepath.Abs(shoptest.Root)
	require.NoError(t, err)
	values := map[string]string{
		"MODULE": module, "REST": strings.Join(staying, ","), "BANYAN_DB": database, "ELSEWHERE": elsewhere, "STORE": t.TempDir(),
		"CHECKOUT": tree, "EXTRACTED": filepath.Join(t.TempDir(), module),
		"BANYAN_SECRET": shoptest.ServerSecret, "BANYAN_OPERATOR_TOKEN": shoptest.OperatorToken,
		"BANYAN_PEER_SECRET": "a secret between processes of the rehearsal",
	}
	for _, name := range []string{"TRUNK", "BRANCH", "TRUNK_CALLS", "BRANCH_CALLS", "BROKER"} {
		values[name] = shoptest.FreeAddress(t)
	}
	r := &road{deployment: newDeployment(t, module, values), engine: engine, away: given.away, customers: newCustomers(t, values["TRUNK"])}
	if engine == sqldb.SQLite && !given.long {
		r.away /= 4 // the road from MySQL has had all of it, and the suite's time is short
	}
	return r
}

const (
	checkLimit = 45 * time.Second
	checkEvery = 100 * time.Millisecond
)

// do does what a block says.
func (r *road) do(t *testing.T, b block) {
	t.Helper()
	switch b.kind {
	case setting:
		r.set(t, b.text)
	case start:
		r.start(t, b.process, b.text)
	case stop:
		r.stop(t, b.process)
	case check:
		r.check(t, b)
	case command:
		if fences(b.text) && r.module != "payment" { // of which nobody asks anything that writes
			r.leaves("branch") // it serves, but writes nothing until it serves from the new place
		}
		output, err := r.shell(t, b.text).CombinedOutput()
		require.NoError(t, err, "%s:\n%s\n%s", b, b.text, output)
		require.NoError(t, b.prints(string(output)))
		t.Logf("%s\n%s\n\n%s", b, b.text, output)
	default:
		require.Fail(t, "nobody runs it", b)
	}
}

func fences(text string) bool { return strings.HasPrefix(text, "banyan move") }

// check repeats a block until it is as the page shows it, and lets customers order for a while. The first one says
// that the shop is open.
func (r *road) check(t *testing.T, b block) {
	t.Helper()
	deadline := time.Now().Add(checkLimit)
	for {
		output, err := r.shell(t, b.text).CombinedOutput()
		if err == nil {
			err = b.prints(string(output))
		}
		if err == nil {
			t.Logf("%s\n%s\n\n%s", b, b.text, output)
			break
		}
		require.False(t, time.Now().After(deadline), "%s does not come true: %s\n%s\n%s", b, err, b.text, output)
		rest(t.Context(), checkEvery)
	}
	if r.customers.cancel == nil {
		r.customers.shop.Offer(t, stockOfTheShop())
		r.customers.open(t)
	}
	r.hold(t)
}

// hold lets customers order for a while. In the long form somebody dies in the middle of it, each time another one.
func (r *road) hold(t *testing.T) {
	t.Helper()
	if !given.long {
		rest(t.Context(), given.hold)
		return
	}
	rest(t.Context(), given.hold/2)
	running := r.running()
	r.held++
	r.kill(t, running[r.held%len(running)])
	r.awaitAll(t)
	rest(t.Context(), given.hold/2)
}

// leave is what happens at the end of a section: what can go wrong there does, and then it is counted.
func (r *road) leave(t *testing.T, section string) {
	t.Helper()
	r.suffer(t, func(m misfortune) bool { return strings.HasPrefix(section, m.section) && m.shows == "" })
	if r.customers.cancel != nil {
		r.stations = append(r.stations, r.count(section))
	}
}

func (r *road) suffer(t *testing.T, now func(misfortune) bool) {
	t.Helper()
	for _, m := range misfortunes() {
		if now(m) {
			m.happens(t, r)
			r.awaitAll(t)
			rest(t.Context(), given.hold)
		}
	}
}

// at says whether a block is the check after which it happens.
func (m misfortune) at(b block) bool {
	return m.shows != "" && strings.HasPrefix(b.section, m.section) &&
		slices.ContainsFunc(b.output, func(line string) bool { return strings.HasPrefix(line, m.shows) })
}

// misfortune is what goes wrong in a section of the page, in this order: at its end, or after the check that shows
// something.
type misfortune struct {
	section string
	shows   string
	happens func(t *testing.T, r *road)
}

func misfortunes() []misfortune {
	killed := func(name string) func(t *testing.T, r *road) {
		return func(t *testing.T, r *road) { t.Helper(); r.kill(t, name) }
	}
	absent := func(name string) func(t *testing.T, r *road) {
		return func(t *testing.T, r *road) { t.Helper(); r.absent(t, name) }
	}
	return []misfortune{
		{"Stage 1", "", killed("branch")},
		{"Stage 1", "", absent("branch")},
		{"Stage 1", "", absent("broker")},
		{"Stage 1", "", killed("trunk")},
		{"Stage 2", "payment  50 %", killed("branch")},
		{"Stage 2", "payment  50 %", killed("trunk")},
		{"Stage 2", "payment  100 %", killed("branch")},
		{"Stage 2", "", killed("broker")},
		{"Stage 3", "", killed("branch")},
		{"Stage 3", "", killed("trunk")},
		{"Back from stage 3", "", killed("branch")},
		{"Back from stage 2", "", killed("branch")},
		{"Back from stage 2", "", killed("trunk")},
	}
}

func TestWhatGoesWrongHasItsPlaceOnThePage(t *testing.T) {
	t.Parallel()
	blocks := readGuide(t)
	for _, m := range misfortunes() {
		require.True(t, slices.ContainsFunc(blocks, func(b block) bool {
			return m.at(b) || m.shows == "" && strings.HasPrefix(b.section, m.section)
		}), "no section %q that shows %q", m.section, m.shows)
	}
}

// absent keeps a process down for long. Payments stop, and the customer does not see an error: his order
// is taken and waits. Afterwards it goes on by itself.
func (r *road) absent(t *testing.T, name string) {
	t.Helper()
	up := r.killFor(t, name)
	taken := r.module == "payment" || r.module == "shipping" || name == "broker"
	var o shoptest.Order
	if taken {
		o = r.order(t)
	}
	rest(t.Context(), r.away)
	if taken {
		a := r.customers.shop.Ask(t, http.MethodGet, "/v1/orders/"+o.ID, "", "Authorization", "Bearer "+o.AccessToken)
		require.Equal(t, http.StatusOK, a.Status, a.Body)
		if r.module == "payment" {
			require.Equal(t, "pending_payment", a.Read("status"), "while the %s is away", name)
		}
	}
	up()
	r.awaitAll(t)
	if taken {
		r.customers.shop.Eventually(t, o.ID, func(o shoptest.Order) bool { return o.Status == "confirmed" && len(o.Shipments) == 1 })
	}
}

// order is one order of the rehearsal's own, which counts with the others.
func (r *road) order(t *testing.T) shoptest.Order {
	t.Helper()
	p, begun := shoptest.Buy("TEA", 1), time.Now()
	a := r.customers.until(t.Context(), "order", func(ctx context.Context) (shoptest.Answer, error) { return r.customers.shop.Post(ctx, p) })
	require.Equal(t, http.StatusCreated, a.Status, a.Body)
	r.customers.promised(a.OrderID(), p, begun)
	return shoptest.Decoded[shoptest.Order](t, a)
}

func (r *road) endAll(t *testing.T) {
	t.Helper()
	for name := range r.processes {
		r.stop(t, name)
	}
}
