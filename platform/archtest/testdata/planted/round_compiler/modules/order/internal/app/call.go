package app

import "C" // want: imports C

import (
	"plugin"  // want: imports plugin
	"reflect" // want: is code of module order that runs, and imports reflect
)

var (
	_ *plugin.Plugin
	_ reflect.Value
)
