package stock // want: is of package stock, in the folder of package app

import _ "example.com/shop/modules/catalog"
