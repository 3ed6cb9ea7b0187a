package modules

import _ "example.com/shop/modules/catalog"
