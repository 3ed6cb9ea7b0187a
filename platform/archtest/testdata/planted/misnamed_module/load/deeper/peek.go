package deeper

import _ "example.com/shop/modules/catalog/internal/store"
