package core

import (
	"errors"
	"net/url"
	"time"

	"example.com/shop/modules/catalog"
	"example.com/shop/platform/id"
)

type Stock struct {
	Product catalog.ProductID
	Hold    id.UUID
	Until   time.Time
	Image   url.URL
}

// Words that look like SQL in messages.
var (
	errColour = errors.New("SELECT a colour, then a size")
	errUpdate = errors.New("UPDATE failed FROM the start")
	errInto   = errors.New("never delete from purchase_order by hand")
)
