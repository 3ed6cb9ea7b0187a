package store

import _ "embed"

//go:embed testdata/peek.sql
var peek string

//go:embed all:queries
var queries string

//go:embed "testdata/told.txt"
var text string
