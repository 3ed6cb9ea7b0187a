package app

import env "os"

var (
	limit, set = env.LookupEnv("LIMIT") // want: os.LookupEnv
	read       = env.Getenv             // want: os.Getenv
)
