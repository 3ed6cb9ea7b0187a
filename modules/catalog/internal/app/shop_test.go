package app_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/app"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/core"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/feed"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/store"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// shop is a catalog on a database of its own, with a clock that the test sets.
type shop struct {
	*app.App
	db *sqldb.DB

	mu  sync.Mutex
	now time.Time
}

func newShop(t *testing.T, e dbtest.Engine) *shop {
	t.Helper()
	return shopOn(e.DB(t, "catalog"))
}

func shopOn(db *sqldb.DB) *shop {
	s := &shop{db: db, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	b := bus.New(slog.New(slog.DiscardHandler), s.clock, prometheus.NewRegistry())
	s.App = app.New(db, b.Publisher(db), s.clock)
	return s
}

func (s *shop) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *shop) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

const testMapping = `
currency: KRW
decimal: "."
fields:
  id: {column: id}
  name: {column: name}
  brand: {column: brand}
  category: {column: category, split: ">"}
  sku: {column: sku}
  price: {column: price}
  stock: {column: stock}
`

func mapping(t *testing.T, text string) feed.Mapping {
	t.Helper()
	m, err := feed.ParseMapping(strings.NewReader(text))
	require.NoError(t, err)
	return m
}

// imports reads a feed of the source "test"; it answers the rejected rows too.
func (s *shop) imports(t *testing.T, rows ...string) (app.Summary, []string) {
	t.Helper()
	text := "id,name,brand,category,sku,price,stock\n" + strings.Join(rows, "\n") + "\n"
	reader, err := feed.Open(strings.NewReader(text), "test", mapping(t, testMapping))
	require.NoError(t, err)
	var rejected []string
	summary, err := s.Import(t.Context(), "test", reader, app.Report{
		Rejected: func(e feed.RowError) { rejected = append(rejected, e.Error()) },
		Progress: func(int64, app.Summary) error { return nil },
	})
	require.NoError(t, err)
	return summary, rejected
}

// sells puts products on sale at 1,000 won, with that many pieces each.
func (s *shop) sells(t *testing.T, pieces int, skus ...string) {
	t.Helper()
	rows := make([]string, len(skus))
	for i, sku := range skus {
		rows[i] = fmt.Sprintf("%s,Product %s,Brand,Things,%s,1000,%d", sku, sku, sku, pieces)
	}
	_, rejected := s.imports(t, rows...)
	require.Empty(t, rejected)
}

func (s *shop) stock(t *testing.T, sku string) core.Stock {
	t.Helper()
	found, err := store.Stock(t.Context(), s.db, []string{sku})
	require.NoError(t, err)
	return found[sku]
}

// executes changes the database behind the catalog's back.
func (s *shop) executes(t *testing.T, statements ...string) {
	t.Helper()
	require.NoError(t, sqldb.InTx(t.Context(), s.db, func(tx *sqldb.Tx) error {
		for _, statement := range statements {
			if _, err := tx.Exec(t.Context(), statement); err != nil {
				return err
			}
		}
		return nil
	}))
}

// sound requires that stock is what movements and promises make it.
func (s *shop) sound(t *testing.T) {
	t.Helper()
	drift, err := s.Drift(t.Context())
	require.NoError(t, err)
	require.Empty(t, drift)
}

const holdFor = 15 * time.Minute

// wants is a request for one piece of each SKU; a SKU may be given twice.
func (s *shop) wants(key string, skus ...string) catalog.ReserveRequest {
	r := catalog.ReserveRequest{Key: key, OrderID: id.New(), HoldUntil: s.clock().Add(holdFor)}
	for _, sku := range skus {
		r.Lines = append(r.Lines, catalog.ReserveLine{SKU: sku, Quantity: 1})
	}
	return r
}

func (s *shop) reserves(t *testing.T, r catalog.ReserveRequest) catalog.Reservation {
	t.Helper()
	held, err := s.Reserve(t.Context(), r)
	require.NoError(t, err)
	return held
}

// hears delivers a fact as the dispatcher does.
func (s *shop) hears(ctx context.Context, source string, of event.Aggregate, fact event.Event) error {
	return bus.Deliver(ctx, s.Subscription(), envelope(source, of, fact))
}
