package core

import (
	"crypto/sha256"
	"slices"
	"strings"

	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/money"
)

// Product is what is stored of a product that a source brings.
type Product struct {
	PartnerID   string // unique in its source
	Name        string
	Description string
	Brand       string
	Category    []string // from the general to the particular
	Images      []string
	Variants    []Variant
	Partial     bool     // not all of its variants could be read: those not in here stay as they are
	Hash        [32]byte // differs when anything of the above does
}

// Variant is what can be bought.
type Variant struct {
	SKU     string
	Options []Option
	Prices  []Price // one per currency
	Stock   *int64  // pieces on hand; nil: the source doesn't say
}

// Option is what a variant is like in one respect: Size, XL.
type Option struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Price in one currency.
type Price struct {
	Amount    money.Money
	CompareAt *money.Money // before a reduction
}

// longestName is the size of the column.
const longestName = 255

// NameOf is what an order calls a variant: "Linen shirt, M / Blue".
func NameOf(product string, options []Option) string {
	if len(options) == 0 {
		return product
	}
	values := make([]string, len(options))
	for i, o := range options {
		values[i] = o.Value
	}
	name := []rune(product + ", " + strings.Join(values, " / "))
	return string(name[:min(len(name), longestName)])
}

// Category is one level of the tree.
type Category struct {
	ID     id.UUID
	Parent id.UUID // zero at the top
	Name   string
	Path   []string
}

// pathSeparator stands between levels where a path is one text, as in Google's product taxonomy.
const pathSeparator = " > "

// JoinPath writes a path as one text.
func JoinPath(path []string) string { return strings.Join(path, pathSeparator) }

// SplitPath reads a path that JoinPath wrote; none of an empty text.
func SplitPath(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, pathSeparator)
}

// CategoryID is made of the path, as a UUIDv8 (RFC 9562): whoever knows the path knows the ID, so
// that two imports at once make a category once, and neither has to ask for it.
func CategoryID(path []string) id.UUID {
	if len(path) == 0 {
		return id.UUID{}
	}
	sum := sha256.Sum256([]byte("category:" + JoinPath(path)))
	u := id.UUID(sum[:16])
	u[6] = 0x80 | u[6]&0x0f
	u[8] = 0x80 | u[8]&0x3f
	return u
}

// Lineage is the category of a path and all those above it, from the top.
func Lineage(path []string) []Category {
	all := make([]Category, len(path))
	for i := range path {
		all[i] = Category{
			ID: CategoryID(path[:i+1]), Parent: CategoryID(path[:i]), Name: path[i], Path: slices.Clone(path[:i+1]),
		}
	}
	return all
}
