package bus

const module = "order"

func urgent(event string) bool { return event == "order.placed" } // want: names the event "order.placed" of module order

func special(name string) bool {
	switch name {
	case "shipping", "catalog": // want: decides by the name of module catalog
		return true
	}
	return name != module // want: decides by the name of module order
}
