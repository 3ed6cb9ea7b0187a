package customer

import "github.com/banyan-commerce/banyan/cmd/internal/scrape"

// settling are the last things that happen to an order: its stock is allocated, and it has heard of
// its shipment.
func settling() [][2]string {
	return [][2]string{{"catalog", "order.confirmed"}, {"order", "shipping.created"}}
}

// Settled is how many orders all of settling has happened to, by what the counters of all processes of the shop
// have grown.
func Settled(processes ...scrape.Metrics) int {
	least := -1.0
	for _, s := range settling() {
		done := 0.0
		for _, m := range processes {
			done += m.Sum("banyan_events_total", "consumer", s[0], "type", s[1], "result", "done")
		}
		if least < 0 || done < least {
			least = done
		}
	}
	return int(least)
}
