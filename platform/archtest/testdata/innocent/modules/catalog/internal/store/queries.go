package store

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"example.com/shop/platform/sqldb"
)

//go:embed kept.sql
var kept string

const (
	firstPage = "SELECT sku FROM stock"
	nextPage  = "SELECT sku FROM stock WHERE sku > ?"
)

type filter struct {
	sku   string
	query string
}

// Read runs texts that are written in this package, by all ways that they go.
func Read(ctx context.Context, db *sqldb.DB, f filter, cells cache, after string) error {
	query, args := f.statement()
	if after != "" {
		query += " AND sku > ?"
	}
	if err := db.Select(ctx, nil, query, args...); err != nil {
		return err
	}
	for _, text := range []string{firstPage, nextPage} {
		if err := db.Get(ctx, nil, text+" LIMIT 1"); err != nil {
			return err
		}
	}
	selects := make([]string, 2)
	for i := range selects {
		selects[i] = firstPage
	}
	if err := db.Select(ctx, nil, strings.Join(selects, " UNION ALL ")+" ORDER BY sku"); err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "SELECT sku FROM stock WHERE on_hand > %d", len(after))
	b.WriteString(" FOR UPDATE")
	if err := db.Get(ctx, nil, b.String()); err != nil {
		return err
	}
	table := []struct{ query string }{{query: firstPage}, {query: nextPage}}
	for _, row := range table {
		if err := db.Get(ctx, nil, row.query); err != nil {
			return err
		}
	}
	if err := db.Get(ctx, nil, map[bool]string{true: firstPage, false: nextPage}[after == ""]); err != nil {
		return err
	}
	if err := db.Get(ctx, nil, kept); err != nil {
		return err
	}
	if err := cells.Get(ctx, nil, after); err != nil {
		return err
	}
	return one(ctx, db, chosen(after), after)
}

func (f filter) statement() (string, []any) {
	query := firstPage
	if f.sku != "" {
		query = nextPage
	}
	return query, []any{f.sku}
}

func chosen(after string) (query string) {
	switch after {
	case "":
		return firstPage
	}
	query = nextPage
	return
}

func one(ctx context.Context, db *sqldb.DB, query string, args ...any) error {
	return db.Get(ctx, nil, query, args...)
}

// cache is not a database, whatever its method is called.
type cache interface {
	Get(ctx context.Context, dst any, key string) error
}
