package store

import (
	"context"
	"encoding/base64"
	"html"
	"strings"

	"example.com/shop/platform/sqldb"
)

// Given runs what it is given.
func Given(ctx context.Context, db *sqldb.DB, query string) (n int, err error) {
	if err = db.Get(ctx, &n, query); err != nil { // want: it comes from whoever calls Given
		return 0, err
	}
	return passed(ctx, db, query+" FOR UPDATE")
}

// passed is given the text by one who was given it.
func passed(ctx context.Context, db *sqldb.DB, query string) (n int, err error) {
	err = db.Get(ctx, &n, "  "+query) // want: it comes from whoever calls Given
	return n, err
}

type report struct{ text string }

// Named keeps what it is given.
func Named(query string) report { return report{text: query} }

func (r report) run(ctx context.Context, tx *sqldb.Tx) error {
	_, err := tx.ExecIn(ctx, r.text) // want: it comes from whoever calls Named
	return err
}

func decoded(ctx context.Context, db *sqldb.DB) (n int, err error) {
	q, err := base64.StdEncoding.DecodeString("U0VMRUNUIENPVU5UKCopIEZST00gb3JkZXJz")
	if err != nil {
		return 0, err
	}
	err = db.Get(ctx, &n, string(q)) // want: it comes from what base64.StdEncoding.DecodeString answers
	return n, err
}

func shifted(ctx context.Context, db *sqldb.DB) error {
	query := strings.Map(func(r rune) rune { return r - 1 }, "TFMFDU!2!GSPN!psefst")
	return db.Select(ctx, nil, query) // want: it comes from what strings.Map answers
}

func apart(ctx context.Context, db *sqldb.DB) error {
	words := map[string]string{"a": "select count(*)", "b": "from", "c": "orders"}
	return db.Select(ctx, nil, words["a"]+" "+words["b"]+" "+words["c"]) // want: it comes from a list, words
}

func answered(ctx context.Context, from reader) error {
	return from.SelectIn(ctx, nil, configured()) // want: it comes from what html.UnescapeString answers
}

type reader interface {
	SelectIn(ctx context.Context, dst any, query string, args ...any) error
}

func configured() string { return html.UnescapeString("SELECT &quot;sku&quot; FROM stock") }

func own(ctx context.Context, db *sqldb.DB) (int, error) { return Given(ctx, db, firstPage) }
