package app

import _ "example.com/shop/modules/catalog/catalogfx" // want: the wiring of module catalog
