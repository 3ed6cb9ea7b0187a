package rates

import _ "example.com/shop/modules/catalog/internal/fetch"
