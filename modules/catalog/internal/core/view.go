package core

import (
	"time"

	"github.com/banyan-commerce/banyan/platform/id"
)

// Listing is a product as it is shown.
type Listing struct {
	ID          id.UUID
	Name        string
	Description string // empty in lists
	Brand       string
	CategoryID  id.UUID // zero: none
	Category    []string
	Images      []string
	Variants    []ListedVariant
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// ListedVariant is a variant as it is shown.
type ListedVariant struct {
	SKU       string
	ProductID id.UUID
	Name      string
	Options   []Option
	Prices    []Price
	Stock     Stock // of this moment
}

// Choice is an option and the values that a product's variants have in it, in their order.
type Choice struct {
	Name   string
	Values []string
}

// Choices collects what the variants of a product differ in.
func (l Listing) Choices() []Choice {
	var choices []Choice
	place := map[string]int{}
	met := map[Option]bool{}
	for _, v := range l.Variants {
		for _, o := range v.Options {
			if met[o] {
				continue
			}
			met[o] = true
			at, ok := place[o.Name]
			if !ok {
				at = len(choices)
				place[o.Name] = at
				choices = append(choices, Choice{Name: o.Name})
			}
			choices[at].Values = append(choices[at].Values, o.Value)
		}
	}
	return choices
}

// Filter narrows a list of products; empty fields don't.
type Filter struct {
	Words    []Range
	Brand    string // a term
	Category string // a term
	After    id.UUID
	Limit    int
}
