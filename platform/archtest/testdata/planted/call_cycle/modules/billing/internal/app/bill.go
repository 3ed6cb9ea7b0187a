package app

import "example.com/shop/modules/shipping"

type App struct{ shipping.Service }
