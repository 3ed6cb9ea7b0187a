package app_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/catalog/internal/store"
	"github.com/banyan-commerce/banyan/platform/dbtest"
)

func TestHoldsThatCannotBeEndedDoNotKeepOthersFromIt(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]struct{ query, says string }{
		"count too small": {"UPDATE stock SET held = 0 WHERE sku = 'BAD'", "expire holds"},
		"row missing":     {"DELETE FROM stock WHERE sku = 'BAD'", store.ErrNoStock.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
				s := newShop(t, e)
				s.sells(t, 100, "BAD", "GOOD")
				for i := range 51 { // one more than a batch
					s.reserves(t, s.wants(fmt.Sprint(i), "BAD"))
				}
				s.reserves(t, s.wants("good", "GOOD"))
				s.executes(t, damage.query)
				s.pass(holdFor)

				n, err := s.ExpireHolds(t.Context())

				require.ErrorContains(t, err, damage.says)
				require.Equal(t, 1, n)
				require.Zero(t, s.stock(t, "GOOD").Held)
			})
		})
	}
}
