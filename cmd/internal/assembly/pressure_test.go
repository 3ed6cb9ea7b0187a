package assembly_test

import (
	"context"
	"database/sql/driver"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"github.com/banyan-commerce/banyan/cmd/internal/assembly"
	"github.com/banyan-commerce/banyan/platform/config"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// shop is one that runs on SQLite files.
type shop struct {
	t        *testing.T
	url      string
	operator string
	app      *fx.App
	server   http.Handler
}

func migrated(t *testing.T, environ ...string) config.Config {
	t.Helper()
	c, err := config.Load(append(environ, "BANYAN_ADDR=127.0.0.1:0"), assembly.ModuleNames())
	require.NoError(t, err)
	require.NoError(t, assembly.Migrate(t.Context(), c, func(string, int) {}))
	return c
}

func start(t *testing.T, c config.Config, o sqldb.Options) *shop {
	t.Helper()
	tokens, err := c.Tokens()
	require.NoError(t, err)
	var at assembly.Running
	app := fx.New(assembly.Graph(assembly.Setup{Config: c, Tokens: tokens, Log: slog.New(slog.DiscardHandler), SQL: dbtest.Watched(t, o)}, &at))
	require.NoError(t, app.Err())
	require.NoError(t, app.Start(t.Context()))
	s := &shop{t: t, url: "http://" + at.Address.String(), operator: string(tokens.Operator), app: app, server: at.Server}
	t.Cleanup(s.stop)
	return s
}

// stop tells the run of tests first what the shop's modules have done.
func (s *shop) stop() {
	if dbtest.Observing() {
		w := httptest.NewRecorder()
		s.server.ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/metrics", http.NoBody))
		require.Equal(s.t, http.StatusOK, w.Code)
		dbtest.Observe(s.t, w.Body.String())
	}
	require.NoError(s.t, s.app.Stop(context.Background()))
}

type answer struct {
	status     int
	retryAfter string
	body       string
}

func (s *shop) ask(method, path, key string) answer {
	s.t.Helper()
	const order = `{"customer":{"email":"kim@example.com","name":"Kim"},
		"ship_to":{"name":"Kim","line1":"1 Sejong-daero","city":"Seoul","postal_code":"04524","country":"KR"},
		"currency":"KRW","lines":[{"sku":"DAWN-RIDGE-250G-FILTER","quantity":1}],"payment":{"method":"card","token":"tok_ok"}}`
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, http.NoBody)
	require.NoError(s.t, err)
	if method == http.MethodPost {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(order)), int64(len(order))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", key)
	} else {
		r.Header.Set("Authorization", "Bearer "+s.operator)
	}
	response, err := http.DefaultClient.Do(r)
	require.NoError(s.t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	return answer{response.StatusCode, response.Header.Get("Retry-After"), string(body)}
}

func TestAShopWhoseOutboxTakesTooMuchOfTheDiskTakesNoOrdersAndIsReadAsBefore(t *testing.T) {
	t.Parallel()
	c := migrated(t, "BANYAN_DB=sqlite:"+t.TempDir(), "BANYAN_OUTBOX_MIB=1")
	db, err := sqldb.Open(t.Context(), c.DB.Location, "order", sqldb.Options{})
	require.NoError(t, err)
	require.NoError(t, sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
		for range 8 {
			_, err := tx.Exec(t.Context(), `INSERT INTO bus_outbox (event_id, agg_type, agg_id, agg_seq, type, ver, headers, payload, occurred_at)
				VALUES (?, 'order', ?, 1, 'order.unheard', 1, '{}', zeroblob(200000), 0)`, id.New(), id.New())
			if err != nil {
				return err
			}
		}
		return nil
	}))
	require.NoError(t, db.Close())

	s := start(t, c, sqldb.Options{})
	require.Eventually(t, func() bool {
		return strings.Contains(s.ask(http.MethodGet, "/readyz", "").body, "degraded")
	}, time.Minute, 10*time.Millisecond)
	a := s.ask(http.MethodPost, "/v1/orders", "k")
	require.Equal(t, http.StatusServiceUnavailable, a.status, a.body)
	require.Contains(t, a.body, "backlog_full")
	require.Equal(t, "10", a.retryAfter)
	require.Equal(t, http.StatusOK, s.ask(http.MethodGet, "/v1/products", "").status)
	a = s.ask(http.MethodGet, "/readyz", "")
	require.Equal(t, http.StatusOK, a.status)
	require.Contains(t, a.body, "outbox of order")
	metrics := s.ask(http.MethodGet, "/metrics", "").body
	require.Contains(t, metrics, `banyan_outbox_pressure{module="order"} 2`)
	require.Contains(t, metrics, `banyan_outbox_pressure{module="catalog"} 0`)
}

// fullDisk lets SQLite files use the pages that they have, and get no more.
type fullDisk struct{ driver.Connector }

func (d fullDisk) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := d.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	_, err = conn.(driver.ExecerContext).ExecContext(ctx, "PRAGMA max_page_count = 1", nil) //nolint:forcetypeassert // of SQLite's driver
	return conn, err
}

func TestAShopOnAFullDiskAnswers503AndWorksWhenThereIsRoomAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := migrated(t, "BANYAN_DB=sqlite:"+dir)
	first := start(t, c, sqldb.Options{}) // loads the demo catalogue
	a := first.ask(http.MethodPost, "/v1/orders", "first")
	require.Equal(t, http.StatusCreated, a.status, a.body)
	first.stop()
	db, err := sqldb.Open(t.Context(), c.DB.Location, "catalog", sqldb.Options{})
	require.NoError(t, err)
	require.NoError(t, sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(t.Context(), "UPDATE stock SET on_hand = 1000000 WHERE sku = 'DAWN-RIDGE-250G-FILTER'")
		return err
	}))
	require.NoError(t, db.Close())

	full := start(t, c, sqldb.Options{Wrap: func(inner driver.Connector) driver.Connector { return fullDisk{inner} }})
	var refused []string
	placed := 1
	for ; len(refused) < 20; placed++ {
		require.Less(t, placed, 100, "the disk does not fill")
		key := fmt.Sprint("k", placed)
		a := full.ask(http.MethodPost, "/v1/orders", key)
		if a.status == http.StatusServiceUnavailable {
			require.NotEmpty(t, a.retryAfter, a.body)
			refused = append(refused, key)
			continue
		}
		require.Equal(t, http.StatusCreated, a.status, a.body)
	}
	require.Equal(t, http.StatusOK, full.ask(http.MethodGet, "/v1/products", "").status)
	full.stop()

	again := start(t, c, sqldb.Options{})
	for _, key := range refused {
		a := again.ask(http.MethodPost, "/v1/orders", key)
		require.Contains(t, []int{http.StatusOK, http.StatusCreated}, a.status, a.body)
	}
	settled := func() bool {
		orders := again.ask(http.MethodGet, "/v1/orders?limit=100", "").body
		return strings.Count(orders, `"number":`) == placed && strings.Count(orders, `"status":"confirmed"`) == placed
	}
	require.Eventually(t, settled, time.Minute, 50*time.Millisecond)
	again.stop()
	for _, name := range assembly.ModuleNames() {
		db, err := sqlx.Open("sqlite", filepath.Join(dir, name+".db"))
		require.NoError(t, err)
		var verdict string
		require.NoError(t, db.GetContext(t.Context(), &verdict, "PRAGMA integrity_check"))
		require.Equal(t, "ok", verdict)
		require.NoError(t, db.Close())
	}
}
