package app

import (
	_ "example.com/shop/helper"     // want: imports helper, which is no module
	_ "example.com/shop/migrations" // want: imports migrations, which is no module
	_ "example.com/shop/modules"    // want: imports modules, which is no module
	_ "example.com/shop/rig"        // want: imports rig, which is no module
)
