package sqldb

import . "os"

var dsn = Getenv("DSN") // want: os.Getenv
