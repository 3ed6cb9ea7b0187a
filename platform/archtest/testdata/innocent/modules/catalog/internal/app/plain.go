package app

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"sync"

	"example.com/reservation/sqldb"

	"example.com/shop/modules/catalog"
	"example.com/shop/platform/fault"
)

// go:linkname with a space is prose, and so is what the next says:
//
//	//go:linkname here there
//
//go:linknames is no directive.
const prose = `
//go:linkname here there
`

// What a package may keep.
var (
	errSold           = errors.New("sold")
	errKept           = fmt.Errorf("%w: kept", errSold)
	errHeld           = fault.New("held")
	word              = regexp.MustCompile(`\w+`)
	_       io.Closer = (*shelf)(nil)
	_                 = []io.Closer{(*shelf)(nil), &shelf{}}
	filled  sync.Once
)

type shelf struct {
	word, last string
	own        map[string]catalog.Service
}

func (s *shelf) Close() error { return nil }

func (s *shelf) set(url *url.URL, opened any) error {
	s.word, s.last = "a", "b"
	url.Path = "/v1/authorisations/" + s.word
	total := 1
	total++
	filled.Do(func() { total = 2 })
	switch opened := opened.(type) {
	case error, nil, *shelf, func(), []catalog.Service, uintptr:
		return sqldb.Open("USE your head")
	case catalog.Product, *url.URL, map[string]any:
		_, _ = any(opened).(error)
	}
	var all sync.WaitGroup
	all.Go(func() {})
	all.Wait()
	return nil
}

// Paths of one's own, of others' others, and words.
const (
	list    = "/v1/products"
	sheet   = "http://localhost:8080/v1/productsheet"
	outside = "https://payments.example.com/v1/authorisations"
	attach  = "ATTACH the invoice and USE the form"
	write   = "Select those and write to office@example.com NOW, not at CURRENT prices"
)
