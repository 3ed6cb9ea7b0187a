package feed

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/banyan-commerce/banyan/platform/money"
)

// What a product may measure, in characters unless said otherwise. A row beyond is
// rejected, so a column of these sizes holds whatever the reader hands out.
const (
	MaxID            = 128
	MaxName          = 255
	MaxDescription   = 50_000
	MaxBrand         = 128
	MaxCategoryName  = 128 // of one level
	MaxCategoryDepth = 8   // levels
	MaxSKU           = 64
	MaxOptions       = 8 // options of a variant
	MaxOptionName    = 64
	MaxOptionValue   = 128
	MaxImages        = 50    // images of a product
	MaxImageURL      = 2_048 // bytes
	MaxVariants      = 500   // variants of a product
	MaxStock         = 1_000_000_000
)

// Product is what one row says, or several where the mapping has options.
type Product struct {
	Line        int    // physical line of the feed on which its first row begins
	PartnerID   string // unique in its feed
	Name        string
	Description string // may have several lines; the other texts have one
	Brand       string
	Category    []string  // from the general to the particular
	Images      []string  // absolute http or https URLs, each once
	Variants    []Variant // at least one
	Rejected    int       // rows of this product that were rejected: a variant not in here may still be sold
	// Hash changes when, and only when, something above does but Line and how many were Rejected (that
	// any were does count), or the mapping's version, or the meaning that this package gives to a mapping.
	Hash [32]byte
}

// Variant is what can be bought: one accepted row.
type Variant struct {
	Line      int
	SKU       string   // unique in its feed
	Options   []Option // of all variants of a product the same names
	Price     money.Money
	CompareAt *money.Money // above Price, in its currency; nil: not reduced
	Stock     *int64       // pieces on hand; nil: the feed doesn't say
}

// Option is what a variant is like in one respect: Size, XL.
type Option struct {
	Name, Value string
}

// hashLayout is raised when a mapped value is to be imported anew for a reason of ours.
const hashLayout = 1

// hash digests every value with its length before it, so that moving a character from
// one value to the next is a change.
func (p Product) hash(version int) [32]byte {
	var d digest
	d.numbers(hashLayout, int64(version))
	d.texts(p.PartnerID, p.Name, p.Description, p.Brand)
	d.list(p.Category)
	d.list(p.Images)
	d.numbers(int64(len(p.Variants)))
	for _, v := range p.Variants {
		d.texts(v.SKU)
		d.numbers(int64(len(v.Options)))
		for _, option := range v.Options {
			d.texts(option.Name, option.Value)
		}
		d.money(&v.Price)
		d.money(v.CompareAt)
		d.optional(v.Stock)
	}
	if p.Rejected > 0 {
		d.numbers(1) // a variant that is missing for this reason may be gone next time
	}
	return sha256.Sum256(d.bytes)
}

// digest collects what is to be hashed in one unambiguous run of bytes.
type digest struct{ bytes []byte }

func (d *digest) numbers(numbers ...int64) {
	for _, n := range numbers {
		d.bytes = binary.AppendVarint(d.bytes, n)
	}
}

func (d *digest) texts(texts ...string) {
	for _, text := range texts {
		d.numbers(int64(len(text)))
		d.bytes = append(d.bytes, text...)
	}
}

func (d *digest) list(texts []string) {
	d.numbers(int64(len(texts)))
	d.texts(texts...)
}

func (d *digest) money(m *money.Money) {
	if m == nil {
		d.numbers(0)
		return
	}
	d.numbers(1, m.Amount)
	d.texts(string(m.Currency))
}

func (d *digest) optional(n *int64) {
	if n == nil {
		d.numbers(0)
		return
	}
	d.numbers(1, *n)
}
