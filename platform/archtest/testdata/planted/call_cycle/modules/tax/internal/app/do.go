package app

import . "example.com/shop/modules/billing"

func do(s Service) {}
