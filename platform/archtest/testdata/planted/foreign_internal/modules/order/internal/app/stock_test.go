package app_test

import _ "example.com/shop/modules/catalog/internal/store" // want: the inside of module catalog
