package core

import _ "example.com/shop/modules/catalog/internal/store" // want: is in core and imports store
