package bus

import env "os"

func limit() (string, bool) {
	read := env.Getenv                   // want: os.Getenv
	limit, set := env.LookupEnv("LIMIT") // want: os.LookupEnv
	return limit + read("MORE"), set
}
