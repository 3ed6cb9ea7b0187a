package feed_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/catalog/internal/feed"
)

// Whatever the bytes: no panic, every row accounted for, nothing handed out that a later
// step could choke on, the same products twice.
func FuzzReader(f *testing.F) {
	f.Add("1,n,t,b,a>b,http://a.example,S,5,6,7,L\n")
	f.Add("1,\"n\n\"\"x\",t,,,,,\"1,299.00\",,,\n1,,,,,,,89.0 EUR,,,M\n")
	f.Add("1,\"n,,,,,,5,,,\n2,n,,,,,,5,,,\n3,n\",,,,,,5,,,\n")
	f.Add("\ufeff\r\n\n,,,,,,,,,,\n\xff,\x00\"")
	mapping, err := feed.ParseMapping(strings.NewReader(allFields))
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, rows string) {
		first := read(t, mapping, "test", strings.NewReader(allColumns+rows))
		require.NoError(t, first.err)
		require.EqualValues(t, len(allColumns+rows), first.consumed)
		require.Equal(t, first, read(t, mapping, "test", strings.NewReader(allColumns+rows)))
		skus := map[string]bool{}
		for _, product := range first.products {
			checkSane(t, product)
			for _, variant := range product.Variants {
				require.False(t, skus[variant.SKU], variant.SKU)
				skus[variant.SKU] = true
			}
		}
	})
}

func checkSane(t *testing.T, product feed.Product) {
	t.Helper()
	require.NotEmpty(t, product.PartnerID)
	require.NotEmpty(t, product.Name)
	require.LessOrEqual(t, utf8.RuneCountInString(product.Name), feed.MaxName)
	for _, text := range append([]string{product.PartnerID, product.Name, product.Brand, product.Description}, product.Category...) {
		require.True(t, utf8.ValidString(text))
		require.NotContains(t, text, "\x00")
	}
	for _, variant := range product.Variants {
		require.Positive(t, variant.Price.Amount)
		require.NoError(t, variant.Price.Valid())
		require.NotEmpty(t, variant.SKU)
	}
}

func FuzzMapping(f *testing.F) {
	f.Add(smallest)
	f.Add(allFields)
	f.Add("fields: {category: {path: [{index: 1}]}}")
	f.Fuzz(func(t *testing.T, text string) {
		mapping, err := feed.ParseMapping(strings.NewReader(text))
		if err != nil {
			require.ErrorIs(t, err, feed.ErrMapping)
			return
		}
		_, err = feed.Open(strings.NewReader(allColumns), "test", mapping)
		require.True(t, err == nil || errors.Is(err, feed.ErrHeader), "%v", err)
	})
}
