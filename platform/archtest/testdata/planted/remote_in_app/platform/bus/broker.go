package bus

import "example.com/shop/platform/remote" // want: imports example.com/shop/platform/remote

type Broker struct{ peers *remote.Peers }
