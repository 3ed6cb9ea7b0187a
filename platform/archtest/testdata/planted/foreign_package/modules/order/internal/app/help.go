package app

import _ "example.com/shop/modules/catalog/extra" // want: not the contract of module catalog
