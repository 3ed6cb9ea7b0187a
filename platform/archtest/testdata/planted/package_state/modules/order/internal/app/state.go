package app

import (
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"example.com/shop/modules/catalog"
	"example.com/shop/modules/order"
)

var cache = map[string]order.ID{} // want: keeps the variable cache

var (
	mu             sync.Mutex                                // want: keeps the variable mu
	orders         atomic.Int64                              // want: keeps the variable orders
	limit          = 5                                       // want: keeps the variable limit
	first, errOpen = http.Get("/x")                          // want: keeps the variable
	again          = sync.OnceValue(func() int { return 1 }) // want: keeps the variable again
	filled         = sync.Once{}                             // want: keeps the variable filled
	service        catalog.Service                           // want: keeps the variable service
	last           *App                                      // want: keeps the variable last
	_              = register()                              // want: keeps the variable _
	once           sync.Once
)

func register() bool {
	limit, total := 6, 1
	limit++                 // want: assigns to limit
	cache["a"] = order.ID{} // want: assigns to cache
	(*last).now = nil       // want: assigns to last
	total = 2
	prometheus.MustRegister() // want: keeps for the whole process: github.com/prometheus/client_golang/prometheus.MustRegister
	held := &orders           // want: assigns to orders
	held.Add(1)
	http.DefaultClient.Timeout = 5                           // want: assigns to http.DefaultClient
	http.DefaultTransport.(*http.Transport).MaxIdleConns = 1 // want: assigns to http.DefaultTransport
	once.Do(func() { http.DefaultMaxHeaderBytes = 1 })
	once.Do(func() { limit = 1 })                        // want: assigns to limit
	for _, http.DefaultClient = range []*http.Client{} { // want: assigns to http.DefaultClient
	}
	return total > limit
}

func init() { register() } // want: has a func init
