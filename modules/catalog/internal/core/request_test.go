package core_test

import (
	"encoding/hex"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/core"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/money"
)

// A release that hashes otherwise would refuse the repetitions of requests that an earlier one took.
func TestTheFingerprintOfARequestStaysWhatItWas(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]catalog.ReserveRequest{
		"4b87b36954d1e30240fd96fd9bdda930beb490bc15b4bf4b652b6d9ff91bacc1": {
			Key: "k", OrderID: id.New(), HoldUntil: time.Now(), // none of which counts
			Currency: "KRW", ExpectedTotal: &money.Money{Amount: 3500, Currency: "KRW"},
			Lines: []catalog.ReserveLine{{SKU: "MUG", Quantity: 1}, {SKU: "녹차-100", Quantity: 300}},
		},
		"fa6b9c804fcd5f78ffe0ad929181f9d510f484016e9b639cf705e060f284b657": {Lines: []catalog.ReserveLine{{SKU: "MUG", Quantity: 1}}},
	} {
		hash := core.Fingerprint(r)
		require.Equal(t, want, hex.EncodeToString(hash[:]))
	}
}
