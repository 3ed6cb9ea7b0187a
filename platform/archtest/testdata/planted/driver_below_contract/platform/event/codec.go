package event

import (
	_ "net/http" // want: contracts import platform/event
	_ "os"       // want: contracts import platform/event

	_ "example.com/shop/platform/sqldb" // want: contracts import platform/event
	_ "go.yaml.in/yaml/v3"              // want: contracts import platform/event
)
