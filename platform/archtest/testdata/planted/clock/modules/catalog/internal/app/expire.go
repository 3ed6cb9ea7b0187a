package app

import "time"

func expired(t time.Time) bool {
	return time.Now().After(t) || // want: time.Now
		time.Since(t) > 0 // want: time.Since
}
