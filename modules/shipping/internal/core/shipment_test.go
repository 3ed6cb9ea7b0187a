package core_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/shipping"
	"github.com/banyan-commerce/banyan/modules/shipping/internal/core"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/id"
)

func moment() time.Time { return time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC) }

func shipment(status core.Status) core.Shipment {
	return core.Shipment{
		ID: shipping.ID{UUID: id.New()}, OrderID: id.New(), Version: 1, Status: status,
		Lines: []core.Line{{SKU: "TEA", Name: "Tea", Quantity: 2}},
	}
}

func tracked(code core.Status) core.Tracking {
	return core.Tracking{Code: code, Carrier: "cj", TrackingNumber: "77", OccurredAt: moment()}
}

func names(events []event.Event) []string {
	var list []string
	for _, e := range events {
		list = append(list, e.EventType().Name)
	}
	return list
}

func TestAnEventMovesAShipmentOnlyForwards(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		from, code core.Status
		to         core.Status
		events     []string
	}{
		"accepted":                      {core.Pending, core.Accepted, core.Accepted, []string{"shipping.status_changed"}},
		"packed":                        {core.Accepted, core.Packed, core.Packed, []string{"shipping.packed"}},
		"packed without being accepted": {core.Pending, core.Packed, core.Packed, []string{"shipping.packed"}},
		"shipped":                       {core.Packed, core.Shipped, core.Shipped, []string{"shipping.shipped"}},
		"shipped without being packed":  {core.Pending, core.Shipped, core.Shipped, []string{"shipping.shipped"}},
		"in transit":                    {core.Shipped, core.InTransit, core.InTransit, []string{"shipping.status_changed"}},
		"delivered":                     {core.OutForDelivery, core.Delivered, core.Delivered, []string{"shipping.delivered"}},
		"delivered, shipped missed":     {core.Packed, core.Delivered, core.Delivered, []string{"shipping.shipped", "shipping.delivered"}},
		"lost, shipped missed":          {core.Packed, core.Lost, core.Lost, []string{"shipping.shipped", "shipping.status_changed"}},
		"delivery failed":               {core.OutForDelivery, core.DeliveryFailed, core.DeliveryFailed, []string{"shipping.status_changed"}},
		"delivered after a failure":     {core.DeliveryFailed, core.Delivered, core.Delivered, []string{"shipping.delivered"}},
		"found again":                   {core.Lost, core.Delivered, core.Delivered, []string{"shipping.delivered"}},
		"back at the sender":            {core.DeliveryFailed, core.ReturnedToSender, core.ReturnedToSender, []string{"shipping.status_changed"}},
		"the same again":                {core.Shipped, core.Shipped, core.Shipped, nil},
		"packed, told late":             {core.Shipped, core.Packed, core.Shipped, nil},
		"in transit, told late":         {core.Delivered, core.InTransit, core.Delivered, nil},
		"shipped, told last":            {core.Delivered, core.Shipped, core.Delivered, nil},
		"delivered, back already":       {core.ReturnedToSender, core.Delivered, core.ReturnedToSender, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			step, err := shipment(test.from).Track(tracked(test.code), moment())
			require.NoError(t, err)
			require.Equal(t, test.to, step.Next.Status)
			require.Equal(t, test.events, names(step.Events))
			require.EqualValues(t, 1+len(test.events), step.Next.Version)
		})
	}
}

// In whatever order and however often events arrive, the shipment ends in one state, and stock and
// money are told of its leaving once.
func TestTheOrderOfEventsDoesNotMatter(t *testing.T) {
	t.Parallel()
	codes := []core.Status{core.Accepted, core.Packed, core.Shipped, core.InTransit, core.OutForDelivery, core.DeliveryFailed, core.Delivered}
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 1))
		told := append(append([]core.Status(nil), codes...), codes...)
		random.Shuffle(len(told), func(i, j int) { told[i], told[j] = told[j], told[i] })
		s, times := shipment(core.Pending), map[string]int{}
		for _, code := range told {
			step, err := s.Track(tracked(code), moment())
			require.NoError(t, err)
			for _, name := range names(step.Events) {
				times[name]++
			}
			s = step.Next
		}
		require.Equal(t, core.Delivered, s.Status, "seed %d", seed)
		require.Equal(t, 1, times["shipping.shipped"], "seed %d", seed)
		require.Equal(t, 1, times["shipping.delivered"], "seed %d", seed)
		require.LessOrEqual(t, times["shipping.packed"], 1, "seed %d", seed)
	}
}

func TestAShipmentIsStoppedUpToBeforeItIsPacked(t *testing.T) {
	t.Parallel()
	can := map[core.Status]bool{
		core.Pending: true, core.Submitted: true, core.Accepted: true, core.Cancelled: true, core.Packed: false,
		core.Shipped: false, core.InTransit: false, core.OutForDelivery: false, core.DeliveryFailed: false,
		core.Lost: false, core.Delivered: false, core.ReturnedToSender: false,
	}
	for status, cancellable := range can {
		s := shipment(status)
		step := s.Cancel(moment())
		require.EqualValues(t, 2, step.Next.Version, status)
		if cancellable {
			require.Equal(t, core.Cancelled, step.Next.Status, status)
			require.Equal(t, []event.Event{shipping.Cancelled{ShipmentID: s.ID, OrderID: s.OrderID}}, step.Events)
			continue
		}
		require.Equal(t, status, step.Next.Status)
		require.Equal(t, []event.Event{
			shipping.CancelRefused{ShipmentID: s.ID, OrderID: s.OrderID, Status: string(status)},
		}, step.Events)
	}
}

func TestNothingHappensToACancelledShipment(t *testing.T) {
	t.Parallel()
	_, err := shipment(core.Cancelled).Track(tracked(core.Packed), moment())
	require.ErrorIs(t, err, shipping.ErrCancelled)
}

func TestAParcelThatHasLeftNeedsCarrierAndNumber(t *testing.T) {
	t.Parallel()
	known := shipment(core.Shipped)
	known.Carrier, known.TrackingNumber = "cj", "77"
	tests := map[string]struct {
		shipment core.Shipment
		tracking core.Tracking
		missing  []string
	}{
		"packed needs neither":         {shipment(core.Pending), core.Tracking{Code: core.Packed}, nil},
		"shipped needs both":           {shipment(core.Packed), core.Tracking{Code: core.Shipped}, []string{"body.carrier", "body.tracking_number"}},
		"shipped needs the number":     {shipment(core.Packed), core.Tracking{Code: core.Shipped, Carrier: "cj"}, []string{"body.tracking_number"}},
		"delivered needs the carrier":  {shipment(core.Packed), core.Tracking{Code: core.Delivered, TrackingNumber: "77"}, []string{"body.carrier"}},
		"one without the other":        {shipment(core.Pending), core.Tracking{Code: core.Packed, Carrier: "cj"}, []string{"body.tracking_number"}},
		"in transit, when it is known": {known, core.Tracking{Code: core.InTransit}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := test.shipment.Track(test.tracking, moment())
			if test.missing == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, shipping.ErrTrackingMissing)
			var f *fault.Error
			require.ErrorAs(t, err, &f)
			var locations []string
			for _, field := range f.Fields {
				locations = append(locations, field.Location)
			}
			require.Equal(t, test.missing, locations)
		})
	}
}

func TestAnEventIsKnownByItsCarrierNumberCodeAndTime(t *testing.T) {
	t.Parallel()
	s := shipment(core.Shipped)
	warehouse := s.Key(core.Tracking{Code: core.Packed})
	s.Carrier, s.TrackingNumber = "cj", "77"
	require.Equal(t, core.Tracking{Code: core.Packed, TrackingNumber: s.ID.String()}, warehouse)
	require.Equal(t, warehouse, s.Key(core.Tracking{Code: core.Packed}), "the same report, told again when the carrier is known")
	require.Equal(t, tracked(core.Delivered), s.Key(core.Tracking{Code: core.Delivered, OccurredAt: moment()}))
	other := core.Tracking{Code: core.InTransit, Carrier: "dhl", TrackingNumber: "5"}
	require.Equal(t, other, s.Key(other))
}
