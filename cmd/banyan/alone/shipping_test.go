package alone_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/id"
)

func TestShippingAloneSendsParcelsAndStopsThem(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		n := open(t, e, "shipping")
		sent, stopped := id.New(), id.New()

		n.tell(t, "order.confirmed", sent, value{"number", "SENT2345"})
		parcel := n.hear(t, "shipping.created", sent).Read("shipment_id")
		require.Equal(t, http.StatusOK, n.Move(t, parcel, "packed").Status)
		n.hear(t, "shipping.packed", sent)
		require.Equal(t, http.StatusOK, n.Move(t, parcel, "shipped").Status)
		n.hear(t, "shipping.shipped", sent)
		n.tell(t, "order.cancel_requested", sent)
		n.hear(t, "shipping.cancel_refused", sent)
		require.Equal(t, http.StatusOK, n.Move(t, parcel, "in_transit").Status)
		n.hear(t, "shipping.status_changed", sent)
		require.Equal(t, http.StatusOK, n.Move(t, parcel, "delivered").Status)
		n.hear(t, "shipping.delivered", sent)

		n.tell(t, "order.confirmed", stopped, value{"number", "STAY2345"})
		n.hear(t, "shipping.created", stopped)
		n.tell(t, "order.cancel_requested", stopped)
		n.hear(t, "shipping.cancelled", stopped)

		n.requireAllTaken(t, "order.confirmed", "order.cancel_requested")
	})
}
