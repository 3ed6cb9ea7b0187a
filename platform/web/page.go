package web

import (
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/banyan-commerce/banyan/platform/fault"
)

// ErrCursor is returned for a cursor that this server did not make.
var ErrCursor = fault.New(fault.Invalid, "bad_cursor", "The cursor is not one that a list of this shop gave.").
	WithFields(fault.Field{Location: "query.cursor", Message: "is not a cursor of this list"})

const maxCursor = 1024

// Page is one page of a list. NextCursor is absent on the last one.
type Page[T any] struct {
	Items      []T    `json:"items"`
	NextCursor string `json:"next_cursor,omitempty" doc:"Pass it as cursor to get the next page; absent on the last one."`
}

// NewPage makes a page; next is empty on the last one. No items are an empty list, not null.
func NewPage[T any](items []T, next string) Page[T] {
	if items == nil {
		items = []T{}
	}
	return Page[T]{Items: items, NextCursor: next}
}

// PageOf renders a list that was read one longer than its page (limit), to see whether there is another:
// cursor is then made of the last item that is shown.
func PageOf[T, B any](list []T, limit int, render func(T) B, cursor func(last T) any) Page[B] {
	next := ""
	if len(list) > limit {
		list = list[:limit]
		next = EncodeCursor(cursor(list[limit-1]))
	}
	items := make([]B, len(list))
	for i, it := range list {
		items[i] = render(it)
	}
	return NewPage(items, next)
}

// EncodeCursor makes an opaque cursor of the keys after which a page begins: a struct with short JSON
// names. It panics where v can't be JSON.
func EncodeCursor(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Errorf("cursor of a %T: %w", v, err))
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// DecodeCursor reads what EncodeCursor made into dst, a pointer to the same type. It returns ErrCursor.
func DecodeCursor(text string, dst any) error {
	if len(text) > maxCursor {
		return ErrCursor
	}
	plain, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return ErrCursor
	}
	if err := json.Unmarshal(plain, dst); err != nil {
		return ErrCursor
	}
	return nil
}
