package store

import _ "example.com/shop/modules/catalog/internal/app" // want: is in store and imports app
