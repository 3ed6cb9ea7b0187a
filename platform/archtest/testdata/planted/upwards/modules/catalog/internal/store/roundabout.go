package store

import _ "example.com/shop/modules/catalog/internal/event" // want: is in store and imports httpapi
