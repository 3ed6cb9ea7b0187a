package feed

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/banyan-commerce/banyan/platform/money"
)

// Mapping says how one partner's feed becomes products. It is written as YAML; see
// ParseMapping and the examples in the repository's examples/mappings.
type Mapping struct {
	// Version is part of every product's hash: raise it to have all of them
	// imported again although the feed didn't change.
	Version int `yaml:"version"`
	// Format is csv (RFC 4180, first record is the header), and the default.
	Format string `yaml:"format"`
	// Encoding is utf-8, and the default; a byte order mark is fine.
	Encoding string `yaml:"encoding"`
	// Delimiter is one character or the word tab; a comma by default.
	Delimiter string `yaml:"delimiter"`
	// Currency is that of amounts which name none.
	Currency money.Currency `yaml:"currency"`
	// Decimal is the decimal separator of amounts, a point or a comma. Where it isn't
	// said, it is a point, and "1.290" is refused as ambiguous: see money.Notation.
	Decimal string `yaml:"decimal"`
	Fields  Fields `yaml:"fields"`
}

// Fields are the parts of a product. ID, Name and Price are required.
type Fields struct {
	// ID is the partner's own and stays the same from feed to feed.
	ID          Text     `yaml:"id"`
	Name        Text     `yaml:"name"`
	Description Text     `yaml:"description"`
	Brand       Text     `yaml:"brand"`
	Category    Category `yaml:"category"`
	Images      List     `yaml:"images"`
	// SKU is derived from source and ID (and options) where it isn't mapped or empty.
	SKU   Text   `yaml:"sku"`
	Price Amount `yaml:"price"`
	// CompareAt is the price before a reduction; where it isn't above Price there is none.
	CompareAt Amount `yaml:"compare_at"`
	// Stock is what the partner has on hand, in pieces.
	Stock Text `yaml:"stock"`
	// Options make the rows of one ID, which must stand together, variants of one product.
	Options []Choice `yaml:"options"`
}

// Text is where a value comes from: exactly one of Column, Index and Const.
type Text struct {
	// Column is a name in the header.
	Column string `yaml:"column"`
	// Index counts columns from 1, for those without a name or with another's.
	Index int    `yaml:"index"`
	Const string `yaml:"const"`
	// Default stands in for an empty cell.
	Default string `yaml:"default"`
	// Replace repairs what the partner's export broke, before anything else is done.
	Replace []Replacement `yaml:"replace"`
}

// Replacement is a text and what takes its place.
type Replacement struct {
	From string `yaml:"from"`
	To   string `yaml:"to"`
}

// List is a value that may hold several, parted by Split.
type List struct {
	Text  `yaml:",inline"`
	Split string `yaml:"split"`
}

// Category is a path from the general to the particular: one value parted by Split,
// or one value per level.
type Category struct {
	List `yaml:",inline"`
	Path []Text `yaml:"path"`
}

// Amount is a value that is money.
type Amount struct {
	Text `yaml:",inline"`
	// Currency is the mapping's by default; a code in the cell wins over both.
	Currency money.Currency `yaml:"currency"`
}

// Choice is one thing in which variants differ, such as size.
type Choice struct {
	Name string `yaml:"name"`
	Text `yaml:",inline"`
}

// A mapping comes from outside and is bounded: in bytes, and in keys under one key, because
// the YAML library compares each with each and words every repetition (80,000 of them
// took all memory there was). The longest sensible one is far below both.
const (
	longestMapping = 64 << 10
	mostKeys       = 100
)

// ParseMapping reads and checks a mapping. A key that doesn't exist, a value that can't
// be and a required field that is missing are ErrMapping, which names them (and the line,
// where the trouble has one).
func ParseMapping(input io.Reader) (Mapping, error) {
	text, err := io.ReadAll(io.LimitReader(input, longestMapping+1))
	if err != nil {
		return Mapping{}, err
	}
	if len(text) > longestMapping {
		return Mapping{}, ErrMapping.WithMessage("The mapping is longer than %d bytes.", longestMapping)
	}
	if err := boundKeys(text); err != nil {
		return Mapping{}, err
	}
	var m Mapping
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&m); err != nil {
		return Mapping{}, ErrMapping.WithMessage("%s", yamlTrouble(err))
	}
	if !errors.Is(decoder.Decode(&yaml.Node{}), io.EOF) {
		return Mapping{}, ErrMapping.WithMessage("The mapping is followed by a second YAML document.")
	}
	return m, m.check()
}

// boundKeys looks at the mapping as a tree, which is not yet compared with anything.
func boundKeys(text []byte) error {
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return ErrMapping.WithMessage("%s", yamlTrouble(err))
	}
	pending := []*yaml.Node{&root}
	for len(pending) > 0 {
		node := pending[len(pending)-1]
		pending = append(pending[:len(pending)-1], node.Content...)
		if node.Kind == yaml.MappingNode && len(node.Content) > 2*mostKeys {
			return ErrMapping.WithMessage("line %d: more than %d keys", node.Line, mostKeys)
		}
	}
	return nil
}

// yamlTrouble words the decoder's errors for who wrote the mapping and knows no Go type.
func yamlTrouble(err error) string {
	if errors.Is(err, io.EOF) {
		return "The mapping is empty."
	}
	var wrong *yaml.TypeError
	if !errors.As(err, &wrong) {
		return err.Error()
	}
	unknown := regexp.MustCompile(`field (.*) not found in type \S+`)
	misfit := regexp.MustCompile(`(?s)cannot unmarshal !+(\w+)(.*) into \S+`)
	troubles := wrong.Errors[:min(len(wrong.Errors), 10)]
	for i, text := range troubles {
		text = unknown.ReplaceAllString(text, `there is no key "$1" here`)
		troubles[i] = misfit.ReplaceAllString(text, "a $1$2 can't stand here")
	}
	return strings.Join(troubles, "; ")
}
