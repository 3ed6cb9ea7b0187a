package app

import (
	"example.com/clock/time"
	"example.com/settings/os"
)

// Names alike, packages not.
var (
	_ = time.Now
	_ = os.Getenv
)
