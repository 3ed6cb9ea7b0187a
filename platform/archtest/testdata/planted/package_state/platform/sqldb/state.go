package sqldb

import . "net/http"

var drivers []string // want: keeps the variable drivers

func remember(name string) {
	drivers = append(drivers, name) // want: assigns to drivers
	HandleFunc("/", nil)            // want: keeps for the whole process: net/http.HandleFunc
	DefaultClient = nil             // want: assigns to DefaultClient
}
