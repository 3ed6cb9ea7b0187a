package catalogfx

import "time"

func clock(now func() time.Time) func() time.Time {
	now = time.Now // want: time.Now
	return now
}
