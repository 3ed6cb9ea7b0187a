package access_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/access"
	"github.com/banyan-commerce/banyan/platform/id"
)

func TestWhoSendsNoTokenIsAskedForOneAndWhoSendsAnotherIsRefused(t *testing.T) {
	t.Parallel()
	const operator = "an operator's token of 30 signs"
	keys := access.NewKeys(operator, []byte("a secret of the server, long"))
	orderID := id.New()
	own, stranger := keys.OrderToken(orderID), keys.OrderToken(id.New())
	for name, c := range map[string]struct {
		token               string
		order, all, another error // what stands in the way to the order, to all orders, to another order
	}{
		"the operator":      {operator, nil, nil, nil},
		"the order's token": {own, nil, access.ErrForbidden, access.ErrForbidden},
		"another order's":   {stranger, access.ErrForbidden, access.ErrForbidden, access.ErrForbidden},
		"nonsense":          {"nonsense", access.ErrForbidden, access.ErrForbidden, access.ErrForbidden},
		"no token":          {"", access.ErrTokenNeeded, access.ErrOperatorOnly, access.ErrTokenNeeded},
	} {
		caller := keys.Identify(c.token)
		require.ErrorIs(t, keys.RequireOrder(caller, orderID), c.order, name)
		require.ErrorIs(t, keys.RequireOrder(caller, id.New()), c.another, name)
		require.ErrorIs(t, keys.RequireOrder(caller, id.UUID{}), c.all, name)
		require.ErrorIs(t, caller.RequireOperator(), c.all, name)
		require.Equal(t, c.order == nil, keys.MaySee(caller, orderID), name)
	}
}
