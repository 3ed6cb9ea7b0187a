package app

import _ "github.com/caarlos0/env/v11" // want: reads the environment by github.com/caarlos0/env/v11
