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
		"253318fc25080489d1c1db50d7bb4ee44213d6f587a3f7257c82155dcff0ba88": {
			Key: "k", OrderID: id.New(), HoldUntil: time.Now(), // none of which counts
			Currency: "KRW", ExpectedTotal: &money.Money{Amount: 3500, Currency: "KRW"},
			Lines: []catalog.ReserveLine{{SKU: "MUG", Quantity: 1}, {SKU: "녹차-100", Quantity: 300}},
		},
		"daddad28b4dbb014295fa040ff02304a727e1761af32a1a6715925b82b5a52b0": {Lines: []catalog.ReserveLine{{SKU: "MUG", Quantity: 1}}},
	} {
		hash := core.Fingerprint(r)
		require.Equal(t, want, hex.EncodeToString(hash[:]))
	}
}

func TestALineIsNotTakenForAnExpectedTotal(t *testing.T) {
	t.Parallel()
	line := catalog.ReserveLine{SKU: "MUG", Quantity: 1}
	expecting := catalog.ReserveRequest{ExpectedTotal: &money.Money{Amount: 10, Currency: "EUR"}, Lines: []catalog.ReserveLine{line}}
	ordering := catalog.ReserveRequest{Lines: []catalog.ReserveLine{{SKU: "EUR", Quantity: 10}, line}}
	require.NotEqual(t, core.Fingerprint(expecting), core.Fingerprint(ordering))
}
