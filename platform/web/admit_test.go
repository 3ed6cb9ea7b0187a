package web_test

import (
	"context"
	"database/sql/driver"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/web"
)

var errTooMuch = fault.New(fault.Unavailable, "too_much", "Too much.")

func TestWhatIsNotAdmittedIsToldWhenToComeAgainAndReadersAndTheOperatorGoOn(t *testing.T) {
	t.Parallel()
	var full atomic.Bool
	server := serve(t, web.Options{Admit: func() error {
		if full.Load() {
			return errTooMuch
		}
		return nil
	}})
	order := func(header ...string) answer {
		header = append(header, "Idempotency-Key", "k")
		return ask(t, server, "POST", "/v1/parcels", "application/json", `{"lines":[{"sku":"A","quantity":1}]}`, header...)
	}
	require.Equal(t, 200, order().StatusCode)
	full.Store(true)
	a := order()
	require.Equal(t, 503, a.StatusCode)
	require.Equal(t, "too_much", a.problem.Code)
	require.Equal(t, "10", a.Header.Get("Retry-After"))
	require.NotEmpty(t, a.problem.RequestID)
	require.Equal(t, 503, order("Authorization", "Bearer of-an-order").StatusCode)
	require.Equal(t, 200, order("Authorization", "Bearer "+operatorToken).StatusCode)
	require.Equal(t, 200, ask(t, server, "GET", "/v1/lists", "", "").StatusCode)
	require.Equal(t, 200, ask(t, server, "HEAD", "/v1/lists", "", "").StatusCode)
	require.Equal(t, 200, ask(t, server, "GET", "/metrics", "", "").StatusCode)
	full.Store(false)
	require.Equal(t, 200, order().StatusCode)
}

func TestACheckThatDegradesIsToldAndTakesNobodyAway(t *testing.T) {
	t.Parallel()
	check := web.Check{Name: "outbox of order", Run: func(context.Context) error { return errTooMuch }, Degrades: true, Limit: true}
	a := ask(t, serve(t, web.Options{Checks: []web.Check{check}}), "GET", "/readyz", "", "")
	require.Equal(t, 200, a.StatusCode)
	require.JSONEq(t, `{"status":"degraded","degraded":[{"location":"outbox of order","message":"is above its limit"}]}`, a.body)

	check.Run = func(context.Context) error { return nil }
	a = ask(t, serve(t, web.Options{Checks: []web.Check{check}}), "GET", "/readyz", "", "")
	require.JSONEq(t, `{"status":"ready"}`, a.body)

	gone := web.Check{Name: "process of payment", Run: func(context.Context) error { return errTooMuch }, Degrades: true}
	a = ask(t, serve(t, web.Options{Checks: []web.Check{gone}}), "GET", "/readyz", "", "")
	require.Equal(t, 200, a.StatusCode)
	require.JSONEq(t, `{"status":"degraded","degraded":[{"location":"process of payment","message":"can't be reached"}]}`, a.body)

	away := web.Check{Name: "order", Run: func(context.Context) error { return driver.ErrBadConn }}
	check.Run = func(context.Context) error { return errTooMuch }
	a = ask(t, serve(t, web.Options{Checks: []web.Check{check, away}}), "GET", "/readyz", "", "")
	require.Equal(t, 503, a.StatusCode)
	require.Equal(t, []string{"order"}, a.locations())
}

func TestAFullDiskIsAnswered503AndTellsNothingOfTheDatabase(t *testing.T) {
	t.Parallel()
	db := dbtest.Only(t, sqldb.SQLite).With(sqldb.Options{}).DB(t, "desk")
	server := serve(t, web.Options{Routes: []web.Routes{func(api huma.API) {
		web.Register(api, huma.Operation{OperationID: "write", Method: http.MethodPost, Path: "/v1/writes"},
			func(ctx context.Context, _ *struct{}) (*text, error) {
				return nil, sqldb.InTx(ctx, db, func(tx *sqldb.Tx) error {
					if _, err := tx.Exec(ctx, "PRAGMA max_page_count = 1"); err != nil {
						return err
					}
					_, err := tx.Exec(ctx, "INSERT INTO bus_consumer (name) VALUES (?)", strings.Repeat("x", 100_000))
					return err
				})
			})
	}}})
	a := ask(t, server, "POST", "/v1/writes", "", "")
	require.Equal(t, 503, a.StatusCode, a.body)
	require.Equal(t, "unavailable", a.problem.Code)
	require.Equal(t, "1", a.Header.Get("Retry-After"))
	require.NotContains(t, a.body, "full")
}
