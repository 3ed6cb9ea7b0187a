package order

import (
	"embed"
	"errors"
	"regexp"
	"sync"
)

var ErrGone = errors.New("gone") // want: publishes the variable ErrGone

var Number = regexp.MustCompile("^[0-9]+$") // want: publishes the variable Number

//go:embed *.go
var Files embed.FS // want: publishes the variable Files

var Once sync.Once // want: publishes the variable Once
