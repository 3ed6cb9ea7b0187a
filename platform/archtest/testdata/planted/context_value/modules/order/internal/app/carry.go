package app

import (
	"context"

	"example.com/shop/platform/sqldb"
)

type key struct{}

func carry(ctx context.Context, tx *sqldb.Tx) context.Context {
	put := context.WithValue // want: puts a value into a context
	return put(ctx, key{}, tx)
}

func carried(ctx context.Context) any { return ctx.Value(key{}) } // want: takes a value out of a context

func deeper() any { return context.Background().Value(key{}) } // want: takes a value out of a context
