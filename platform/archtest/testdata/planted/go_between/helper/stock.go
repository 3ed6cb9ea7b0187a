package helper

import "example.com/shop/modules/catalog"

type Stock = catalog.Service
