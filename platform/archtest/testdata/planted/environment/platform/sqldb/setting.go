package sqldb

import . "os"

func dsn() string { return Getenv("DSN") } // want: os.Getenv
