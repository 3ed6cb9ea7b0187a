package app

import _ "example.com/shop/modules/catalog/internal/httpapi" // want: is in app and imports httpapi
