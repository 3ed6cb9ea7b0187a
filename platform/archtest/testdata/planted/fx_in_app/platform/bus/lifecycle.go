package bus

import _ "go.uber.org/fx/fxevent" // want: imports go.uber.org/fx/fxevent
