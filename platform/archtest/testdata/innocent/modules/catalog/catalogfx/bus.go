package catalogfx

import _ "example.com/shop/platform/bus"
