package catalogfx_test

import "example.com/shop/modules/catalog/catalogfx"

var _ = catalogfx.Module
