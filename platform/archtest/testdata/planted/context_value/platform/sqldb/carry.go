package sqldb

import "context"

type txKey struct{}

func WithTx(ctx context.Context, tx *Tx) context.Context { return context.WithValue(ctx, txKey{}, tx) } // want: puts a value into a context

func TxOf(ctx context.Context) any { return ctx.Value(txKey{}) } // want: takes a value out of a context
