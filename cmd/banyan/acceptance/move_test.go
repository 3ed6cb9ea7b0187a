package acceptance_test

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// relocation is a shop, and the place that one of its modules moves to.
type relocation struct {
	database string
	settings []string // of the shop as it is
	to       string
	moved    []string // of the shop when payment has moved
}

// relocate makes a shop with tables on one engine and names a place for payment on the other.
func relocate(t *testing.T, from, to sqldb.Engine) relocation {
	t.Helper()
	r := relocation{database: dbtest.Only(t, from).URL(t), to: dbtest.Only(t, to).URL(t)}
	secret := dbtest.Settings(r.database)
	if from == sqldb.MySQL {
		requireRuns(t, r.database, secret, "migrate", "--grants")
	} else {
		requireRuns(t, r.database, nil, "migrate")
	}
	r.settings = secret
	r.moved = []string{"BANYAN_DB_PAYMENT=" + r.to}
	if from == sqldb.MySQL || to == sqldb.MySQL {
		r.moved = append(r.moved, dbtest.Settings("mysql:")...)
	}
	return r
}

func requireRuns(t *testing.T, database string, settings []string, arguments ...string) string {
	t.Helper()
	status, out, errs := shoptest.Run(t, database, settings, arguments...)
	require.Zero(t, status, "%s%s", out, errs)
	return out + errs
}

// out is the command, and more of it.
func (r relocation) out(more ...string) []string {
	return append([]string{"move", "--module", "payment", "--to", r.to}, more...)
}

// outSettings are those of the command that moves out: a secret is an error where nothing is on MySQL.
func (r relocation) outSettings() []string {
	if strings.HasPrefix(r.database, "sqlite:") {
		return nil
	}
	return r.settings
}

func eachRelocation(t *testing.T, test func(t *testing.T, r relocation)) {
	t.Helper()
	for _, d := range [][2]sqldb.Engine{{sqldb.SQLite, sqldb.MySQL}, {sqldb.MySQL, sqldb.MySQL}, {sqldb.MySQL, sqldb.SQLite}} {
		t.Run(fmt.Sprintf("%s to %s", d[0], d[1]), func(t *testing.T) {
			t.Parallel()
			test(t, relocate(t, d[0], d[1]))
		})
	}
}

// Payment moves to another database and back while orders are under way. What waited in its outbox, inbox
// and tasks goes on at the new place; the old one is refused; nothing is lost or done twice.
func TestAModuleMovesToAnotherDatabaseAndBack(t *testing.T) {
	t.Parallel()
	eachRelocation(t, func(t *testing.T, r relocation) {
		s := shoptest.Start(t, r.database, r.settings...)
		pieces := map[string]int64{"TEA": 100_000, "CUP": 100_000}
		s.Offer(t, pieces)
		first := shoptest.Buy("TEA", 1).Waiting(20) // payment has begun to work when the others come
		id := s.Place(t, first).ID
		answered, lost := placeUntilKilled(t, s)
		answered[id] = first

		before := dumpPayment(t, r.database)
		told := requireRuns(t, r.database, r.outSettings(), r.out()...)
		require.Equal(t, before, dumpPayment(t, r.to))
		require.Equal(t, before, dumpPayment(t, r.database), "the source is left as it was")
		require.Contains(t, told, "payment lives at")
		status, _, errs := shoptest.Run(t, r.database, append(r.settings, "BANYAN_ADDR=127.0.0.1:0"), "serve")
		require.NotZero(t, status)
		require.Contains(t, errs, "payment was moved to")
		require.Contains(t, errs, "set BANYAN_DB_PAYMENT to that place")
		for _, text := range []string{told, errs} {
			require.NotContains(t, text, password(r.to))
		}

		s = r.start(t)
		settle(t, s, answered, lost, pieces)

		more, lost := placeUntilKilled(t, s)
		before = dumpPayment(t, r.to)
		requireRuns(t, r.database, r.moved, "move", "--module", "payment", "--back")
		require.Equal(t, before, dumpPayment(t, r.database))
		status, _, errs = shoptest.Run(t, r.database, append(r.moved, "BANYAN_ADDR=127.0.0.1:0"), "serve")
		require.NotZero(t, status)
		require.Contains(t, errs, "payment was moved to")
		s = shoptest.Start(t, r.database, r.settings...)
		for id, p := range more {
			answered[id] = p
		}
		settle(t, s, answered, lost, pieces)
	})
}

// dumpPayment is every row that moves, byte for byte.
func dumpPayment(t *testing.T, store string) []string {
	t.Helper()
	l, err := sqldb.ParseLocation(store)
	require.NoError(t, err)
	db, err := sqldb.OpenToLook(l, "payment")
	require.NoError(t, err)
	defer db.Close()
	var lines []string
	for _, table := range []string{"payment", "ledger_entry", "bus_outbox", "bus_inbox", "bus_held", "bus_task", "bus_consumer", "bus_subscription", "bus_audit"} {
		before := len(lines)
		lines = append(lines, dumpTable(t, db, table)...)
		t.Logf("%s: %d rows", table, len(lines)-before)
		if table == "payment" || table == "bus_inbox" {
			require.Greater(t, len(lines), before, "%s has no rows to lose", table)
		}
	}
	return lines
}

func dumpTable(t *testing.T, db *sql.DB, table string) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT * FROM "+table)
	require.NoError(t, err)
	defer rows.Close()
	columns, err := rows.Columns()
	require.NoError(t, err)
	var lines []string
	for rows.Next() {
		values, into := make([]sql.RawBytes, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		require.NoError(t, rows.Scan(into...))
		line := table
		for i, v := range values {
			line += fmt.Sprintf(" %s=%x/%v", columns[i], []byte(v), v == nil)
		}
		lines = append(lines, line)
	}
	require.NoError(t, rows.Err())
	slices.Sort(lines)
	return lines
}

// start is the shop with payment at its new place. Its user is made by the move where there is a secret,
// and by the administrator where the secret is new.
func (r relocation) start(t *testing.T) *shoptest.Server {
	t.Helper()
	if strings.HasPrefix(r.database, "sqlite:") {
		requireRuns(t, r.database, r.moved, "migrate", "--grants")
	}
	return shoptest.Start(t, r.database, r.moved...)
}

func password(url string) string {
	_, rest, found := strings.Cut(url, "://")
	if !found {
		return "no password in a file's place"
	}
	user, _, _ := strings.Cut(rest, "@")
	return user
}

// settle asks again for what was asked before, and sees that each order settles once.
func settle(t *testing.T, s *shoptest.Server, answered map[string]shoptest.Purchase, lost []shoptest.Purchase, pieces map[string]int64) {
	t.Helper()
	for _, p := range lost {
		answered[s.Place(t, p).ID] = p
	}
	p := shoptest.Buy("TEA", 1)
	answered[s.Place(t, p).ID] = p
	b := s.RequireSound(t, pieces)
	require.Len(t, b.Orders, len(answered))
	for id, p := range answered {
		s.RequireSettledOnce(t, b, id, p)
	}
}

const moveKills = 16 // in each direction

// The command is killed at random moments, again and again, and each time goes on.
func TestAMoveThatIsKilledAnywhereGoesOn(t *testing.T) {
	t.Parallel()
	eachRelocation(t, func(t *testing.T, r relocation) {
		s := shoptest.Start(t, r.database, r.settings...)
		pieces := map[string]int64{"TEA": 100_000, "CUP": 100_000}
		s.Offer(t, pieces)
		answered, lost := placeUntilKilled(t, s)
		random := rand.New(rand.NewPCG(5, uint64(len(r.database))))

		h := &hops{relocation: r, random: random, longest: 2 * time.Second}
		for n := 0; h.kills < moveKills; n++ {
			back := []string{"--back"}
			if n == 0 {
				back = nil
			}
			h.hop(t, r.outSettings(), r.out(), back)
			h.hop(t, r.moved, []string{"move", "--module", "payment", "--to", r.database}, []string{"--back"})
		}
		t.Logf("killed %d times", h.kills)
		s = shoptest.Start(t, r.database, r.settings...)
		settle(t, s, answered, lost, pieces)
	})
}

// hops are moves that are killed at random moments.
type hops struct {
	relocation

	random  *rand.Rand
	longest time.Duration // that a move was seen to take, about
	kills   int
}

// hop moves once, however often it is killed. Whatever it was killed in, one of two commands goes on from
// there: the one that began, or --resume.
func (h *hops) hop(t *testing.T, settings, command, fresh []string) {
	t.Helper()
	for range 100 {
		if status, _ := h.try(t, settings, slices.Concat(command, fresh)); status == 0 {
			return
		}
		for nothing := false; !nothing; {
			status, errs := h.try(t, settings, slices.Concat(command, []string{"--resume"}))
			if status == 0 {
				return
			}
			nothing = strings.Contains(errs, "no unfinished move")
			require.True(t, nothing || status == killed, errs)
		}
	}
	t.Fatal("it does not end")
}

const killed = -1

func (h *hops) try(t *testing.T, settings, arguments []string) (status int, errs string) {
	t.Helper()
	begun := time.Now()
	ended, status, errs := shoptest.RunFor(t, time.Duration(h.random.Int64N(int64(h.longest))), h.database, settings, arguments...)
	if !ended {
		h.kills++
		return killed, errs
	}
	if status == 0 {
		h.longest = 100*time.Millisecond + time.Since(begun)
	}
	return status, errs
}

// A running instance meets the fence: orders are taken, payments wait, readiness names the module, and reading goes on.
func TestARunningShopWaitsForAModuleThatMoves(t *testing.T) {
	t.Parallel()
	shoptest.RequireTrunk(t, "payment")
	r := relocate(t, sqldb.MySQL, sqldb.MySQL)
	s := shoptest.Start(t, r.database, r.settings...)
	pieces := map[string]int64{"TEA": 100_000}
	s.Offer(t, pieces)
	answered := map[string]shoptest.Purchase{}
	for range 5 {
		p := shoptest.Buy("TEA", 1)
		answered[s.Place(t, p).ID] = p
	}
	s.AwaitDrained(t)
	requireRuns(t, r.database, r.settings, r.out()...)
	for range 20 {
		p := shoptest.Buy("TEA", 1)
		answered[s.Place(t, p).ID] = p
	}
	ready := s.Ask(t, http.MethodGet, "/readyz", "")
	require.Contains(t, ready.Body, "database of payment")
	require.Contains(t, ready.Body, "is being moved to another database")
	require.Equal(t, http.StatusOK, s.Ask(t, http.MethodGet, "/v1/payments?limit=5", "", "Authorization", "Bearer "+shoptest.OperatorToken).Status)
	require.Equal(t, 0, s.Stop(t))
	s = shoptest.Start(t, r.database, r.moved...)
	settle(t, s, answered, nil, pieces)
}
