package httpapi

import _ "example.com/shop/modules/catalog/internal/store" // want: is in httpapi and imports store
