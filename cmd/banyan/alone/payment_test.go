package alone_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/id"
)

func TestPaymentAloneTakesMoneyAndGivesItBack(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		n := open(t, e, "payment")
		sold, cancelled, late := id.New(), id.New(), id.New()
		placed := func(order id.UUID, token string) {
			n.tell(t, "order.placed", order, value{"payment.payment_id", id.New()}, value{"payment.token", token})
		}

		placed(sold, "tok_ok")
		authorised := n.hear(t, "payment.authorized", sold)
		n.tell(t, "shipping.shipped", sold)
		captured := n.hear(t, "payment.captured", sold)
		require.JSONEq(t, authorised.Body, captured.Body)

		placed(cancelled, "tok_ok")
		n.hear(t, "payment.authorized", cancelled)
		n.tell(t, "order.cancelled", cancelled)
		n.hear(t, "payment.voided", cancelled)

		placed(late, "tok_declined")
		n.hear(t, "payment.declined", late)
		n.tell(t, "order.payment_requested", late, value{"payment.payment_id", id.New()}, value{"payment.token", "tok_ok"})
		n.hear(t, "payment.authorized", late)
		n.tell(t, "order.expired", late)
		n.hear(t, "payment.voided", late)

		n.requireAllTaken(t, "order.placed", "order.payment_requested", "order.cancelled", "order.expired", "shipping.shipped")
	})
}
