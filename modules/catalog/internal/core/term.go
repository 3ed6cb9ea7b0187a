package core

import (
	"cmp"
	"encoding/hex"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/banyan-commerce/banyan/platform/id"
)

// A term is what products are found by. Its first two characters say of which sort it is, so that one
// table holds all: a word of the product's texts, its brand, a category it is in.
const (
	wordTerm     = "w:"
	brandTerm    = "b:"
	categoryTerm = "c:"
)

const (
	longestWord  = 40 // characters; what is longer is found by its beginning
	longestQuery = 8  // words; more narrow the result no further
)

// Terms of a product, sorted, each once.
func Terms(p Product) []string {
	terms := make([]string, 0, 24)
	add := func(text string) {
		for _, w := range Words(text) {
			terms = append(terms, wordTerm+w)
		}
	}
	add(p.Name)
	add(p.Brand)
	for i, level := range p.Category {
		add(level)
		terms = append(terms, CategoryTerm(CategoryID(p.Category[:i+1])))
	}
	for _, v := range p.Variants {
		for _, o := range v.Options {
			add(o.Value)
		}
	}
	if p.Brand != "" {
		terms = append(terms, BrandTerm(p.Brand))
	}
	slices.Sort(terms)
	return slices.Compact(terms)
}

// BrandTerm finds the products of a brand, however it is capitalised.
func BrandTerm(brand string) string { return brandTerm + strings.TrimSpace(fold(brand)) }

// CategoryTerm finds the products of a category and of those below it. Half of the ID tells all
// categories apart, and the table has a few of these terms for each product.
func CategoryTerm(category id.UUID) string { return categoryTerm + hex.EncodeToString(category[:8]) }

// Range is an interval of terms; one term if both ends are equal.
type Range struct{ From, To string }

// QueryRanges are the words of a search, the longest first, because it is likely to be the rarest.
// Each finds what begins with it; a single Latin letter or digit only finds itself.
func QueryRanges(text string) []Range {
	words := Words(text)
	slices.SortFunc(words, func(a, b string) int { return cmp.Or(len(b)-len(a), cmp.Compare(a, b)) })
	words = slices.Compact(words)
	ranges := make([]Range, min(len(words), longestQuery))
	for i := range ranges {
		from := wordTerm + words[i]
		ranges[i] = Range{From: from, To: from + string(unicode.MaxRune)}
		if len(words[i]) == 1 {
			ranges[i].To = from
		}
	}
	return ranges
}

// Words of a text, folded: no case, no accents, no apostrophes.
func Words(text string) []string {
	folded := strings.Map(dropApostrophe, fold(text))
	words := strings.FieldsFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	for i, w := range words {
		if len(w) > longestWord {
			runes := []rune(w)
			words[i] = string(runes[:min(len(runes), longestWord)])
		}
	}
	return words
}

func dropApostrophe(r rune) rune {
	if r == '\'' || r == '’' {
		return -1
	}
	return r
}

// fold makes texts comparable: compatibility forms and accents are taken off, then Hangul is put
// together again.
func fold(text string) string {
	if ascii(text) {
		return strings.ToLower(text)
	}
	bare := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(text))
	return norm.NFC.String(strings.ToLower(bare))
}

func ascii(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}
