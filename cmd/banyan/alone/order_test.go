package alone_test

import (
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event/eventtest"
	"github.com/banyan-commerce/banyan/platform/id"
)

func TestOrdersAloneAreTakenPaidSentAndCancelled(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		n := open(t, e, "order", "BANYAN_PEERS=catalog="+standIn(t))
		n.deliver(t)
		n.cancelLate(t)
		n.cancel(t)
		n.lose(t)
		n.requireAllTaken(t,
			"payment.authorized", "payment.captured", "payment.declined", "payment.voided",
			"shipping.created", "shipping.packed", "shipping.shipped", "shipping.delivered", "shipping.status_changed",
			"shipping.cancelled", "shipping.cancel_refused", "catalog.reservation_lost",
		)
	})
}

// customer is an order, and what its neighbours know of it.
type customer struct {
	shoptest.Order

	id       id.UUID
	payment  []value
	shipment value
}

// place orders what the catalog's golden files sell.
func (n *neighbourhood) place(t *testing.T) customer {
	t.Helper()
	var body map[string]any
	require.NoError(t, json.Unmarshal([]byte(shoptest.Buy("TEA", 2).Body()), &body))
	body["ship_to"] = map[string]any{ // with all that an address may have
		"name": "Kim", "line1": "1 Sejong-daero", "line2": "2F", "city": "Seoul", "region": "Seoul", "postal_code": "04524", "country": "KR",
	}
	text, err := json.Marshal(body)
	require.NoError(t, err)
	a := n.Ask(t, http.MethodPost, "/v1/orders", string(text), "Idempotency-Key", rand.Text())
	require.Equal(t, http.StatusCreated, a.Status, a.Body)
	o := shoptest.Decoded[shoptest.Order](t, a)
	order, err := id.Parse(o.ID)
	require.NoError(t, err)
	placed := n.hear(t, "order.placed", order)
	return customer{o, order, paid(placed, o), value{"shipment_id", id.New()}}
}

// paid is what payment states of the attempt that an order asks for.
func paid(asked shoptest.Answer, o shoptest.Order) []value {
	return []value{{"payment_id", asked.Read("payment", "payment_id")}, {"amount", o.Total}}
}

func (n *neighbourhood) confirm(t *testing.T, c customer) {
	t.Helper()
	n.tell(t, "payment.authorized", c.id, c.payment...)
	n.hear(t, "order.confirmed", c.id)
	n.tell(t, "shipping.created", c.id, c.shipment, value{"lines", c.Lines})
}

func (n *neighbourhood) deliver(t *testing.T) {
	t.Helper()
	c := n.place(t)
	n.confirm(t, c)
	n.tell(t, "shipping.packed", c.id, c.shipment)
	n.tell(t, "shipping.shipped", c.id, c.shipment, value{"lines", c.Lines})
	n.tell(t, "payment.captured", c.id, c.payment...)
	n.tell(t, "shipping.status_changed", c.id, c.shipment)
	n.tell(t, "shipping.delivered", c.id, c.shipment)
	n.Eventually(t, c.ID, shoptest.Is("delivered")) // which nobody hears: such events stay with their publisher
}

// cancelLate has a card declined, another one accepted, and the order cancelled when the parcel has left.
func (n *neighbourhood) cancelLate(t *testing.T) {
	t.Helper()
	c := n.place(t)
	n.tell(t, "payment.declined", c.id, c.payment...)
	n.Eventually(t, c.ID, func(o shoptest.Order) bool { return len(o.Payments) == 1 && o.Payments[0].Status == "declined" })
	require.Less(t, n.Pay(t, c.Order, "tok_ok").Status, http.StatusMultipleChoices)
	requested := n.hear(t, "order.payment_requested", c.id)
	c.payment = paid(requested, c.Order)
	n.confirm(t, c)
	require.Less(t, n.Cancel(t, c.Order).Status, http.StatusMultipleChoices)
	n.hear(t, "order.cancel_requested", c.id)
	n.tell(t, "shipping.cancel_refused", c.id, c.shipment)
	n.Eventually(t, c.ID, shoptest.Is("confirmed"))
}

func (n *neighbourhood) cancel(t *testing.T) {
	t.Helper()
	c := n.place(t)
	n.confirm(t, c)
	require.Less(t, n.Cancel(t, c.Order).Status, http.StatusMultipleChoices)
	n.hear(t, "order.cancel_requested", c.id)
	n.tell(t, "shipping.cancelled", c.id, c.shipment)
	n.hear(t, "order.cancelled", c.id)
	n.tell(t, "payment.voided", c.id, c.payment...)
}

func (n *neighbourhood) lose(t *testing.T) {
	t.Helper()
	c := n.place(t)
	n.tell(t, "catalog.reservation_lost", c.id)
	n.hear(t, "order.cancelled", c.id)
}

// standIn answers as the catalog always has, and sees that it is asked as it always was.
func standIn(t *testing.T) string {
	t.Helper()
	form := func(part string) []byte {
		text, err := os.ReadFile(filepath.Join(contract("catalog"), "testdata", "calls", "catalog.v1.Reserve."+part+".1.json"))
		require.NoError(t, err)
		return text
	}
	request, response := form("request"), form("response")
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked, answer map[string]any
		text, err := io.ReadAll(r.Body)
		if err == nil {
			err = json.Unmarshal(text, &asked)
		}
		if err != nil {
			t.Error(err)
		}
		for _, lost := range eventtest.Losses(request, text) {
			t.Error("a call is not what it was:", lost)
		}
		_ = json.Unmarshal(response, &answer) // it was written by json
		answer["OrderID"], answer["HoldUntil"] = asked["OrderID"], asked["HoldUntil"]
		text, _ = json.Marshal(answer) // it was read as JSON
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(text)
	}))
	t.Cleanup(s.Close)
	return s.URL
}
