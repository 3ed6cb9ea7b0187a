package report

import _ "example.com/shop/modules/catalog/internal/store"
