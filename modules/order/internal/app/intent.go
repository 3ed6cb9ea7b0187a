package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/banyan-commerce/banyan/modules/order"
	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/modules/order/internal/store"
	"github.com/banyan-commerce/banyan/platform/access"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// How long a request waits for another one with the same key to end: alone, and in a batch, where it
// holds up the others.
const (
	patience        = 2 * time.Second
	patienceOfBatch = 500 * time.Millisecond
)

// errRepeated: the key's first request has committed.
var errRepeated = errors.New("the idempotency key is known")

// errNoKey: httpapi lets no request without a key through; all of them would be one.
var errNoKey = errors.New("the request has no idempotency key")

func newIntent(scope, route, key string, fingerprint [sha256.Size]byte) (store.Intent, error) {
	if key == "" {
		return store.Intent{}, errNoKey
	}
	return store.Intent{Caller: scope, Route: route, Key: key, Fingerprint: fingerprint[:]}, nil
}

// scopeOf keeps apart the keys of those who place orders. Nobody knows a customer before his first
// order, so that he is who has his email address (in lower case): two customers whose clients count 1,
// 2, 3 must not get each other's orders, and their access tokens with them. The hash fits its column.
func scopeOf(caller access.Caller, c core.Customer) string {
	if caller.Operator {
		return caller.Name()
	}
	sum := sha256.Sum256([]byte(c.Email))
	return hex.EncodeToString(sum[:16])
}

// reserveKey is catalog's key for an intent: 64 characters, whatever the caller's key looks like.
func reserveKey(in store.Intent) string {
	sum := sha256.Sum256([]byte(in.Caller + "\x00" + in.Route + "\x00" + in.Key))
	return hex.EncodeToString(sum[:])
}

// claim writes idempotency rows; it comes first in its transaction, so that a repeated request does no
// other work. It returns errRepeated, or order.ErrKeyInUse when a transaction that claims
// the same key takes too long.
func claim(ctx context.Context, tx *sqldb.Tx, claims ...store.Claim) error {
	limit := patience
	if len(claims) > 1 {
		limit = patienceOfBatch
	}
	bounded, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := store.InsertClaims(bounded, tx, claims)
	switch {
	case sqldb.IsDuplicate(err):
		return errRepeated
	case err != nil && ctx.Err() == nil && bounded.Err() != nil:
		return fmt.Errorf("%w: %w", order.ErrKeyInUse, err)
	}
	return err
}

// replay answers a request that could not be done by what the first one with its key did; cause, if
// there was none. It also settles a commit whose outcome was not known.
func (a *Orders) replay(ctx context.Context, in store.Intent, cause error) (core.View, error) {
	known, err := store.Recall(ctx, a.db, in)
	switch {
	case sqldb.IsNoRows(err) && errors.Is(cause, errRepeated):
		return core.View{}, fmt.Errorf("%w: %w", order.ErrKeyInUse, cause) // it was, a moment ago
	case sqldb.IsNoRows(err):
		return core.View{}, cause
	case err != nil:
		return core.View{}, errors.Join(cause, err)
	case !bytes.Equal(known.Fingerprint, in.Fingerprint):
		return core.View{}, order.ErrKeyReused
	}
	return a.view(ctx, known.OrderID)
}
