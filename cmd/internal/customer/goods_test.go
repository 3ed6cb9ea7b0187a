package customer_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/internal/customer"
)

func TestPickedSKUsAreDifferentAndSorted(t *testing.T) {
	t.Parallel()
	for range 1000 {
		skus := customer.Goods{N: 3}.Pick(3)
		require.Equal(t, []string{"LOAD-0000000", "LOAD-0000001", "LOAD-0000002"}, skus)
	}
}
