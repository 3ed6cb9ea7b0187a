package app

import "example.com/shop/modules/catalog"

// A test's stand-in is no call.
var fake catalog.Service
