package event

import _ "example.com/shop/modules/catalog/internal/httpapi"
