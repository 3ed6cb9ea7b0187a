package app

import . "example.com/shop/modules/tax"

func do(s Service) {}
