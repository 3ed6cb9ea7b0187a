package feed_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/catalog/internal/feed"
	"github.com/banyan-commerce/banyan/platform/money"
)

func TestTheRoastersFeedMakesSevenProductsOfFifteenRows(t *testing.T) {
	t.Parallel()
	file, err := os.Open("../../../../examples/feeds/roasters.csv")
	require.NoError(t, err)
	defer file.Close()
	got := read(t, exampleMapping(t, "roasters.yaml"), "roasters", file)
	require.Empty(t, got.rejected)
	require.EqualValues(t, 15, got.rows)
	require.Equal(t, []string{"KE-07", "CO-12", "BL-01", "MC-90", "GR-40", "FP-03", "CU-05"}, got.ids())

	nyeri, decaf, machine, grinder := got.products[0], got.products[1], got.products[3], got.products[4]
	require.Equal(t, "Washed, from 1,800 metres.\n\nBlackcurrant, grapefruit, cane sugar.\nGood as a \"long\" cup.", nyeri.Description)
	require.Equal(t, []string{"Coffee", "Filter", "Africa"}, nyeri.Category)
	require.Equal(t, "Rootstock Roasters", nyeri.Brand)
	require.Len(t, nyeri.Images, 3)
	require.Len(t, nyeri.Variants, 3)
	require.Equal(t, feed.Variant{
		Line: 7, SKU: "KE07-1000-B",
		Options:   []feed.Option{{Name: "Size", Value: "1 kg"}, {Name: "Grind", Value: "Whole bean"}},
		Price:     money.Money{Amount: 4900, Currency: "EUR"},
		CompareAt: &money.Money{Amount: 5400, Currency: "EUR"},
		Stock:     nyeri.Variants[2].Stock,
	}, nyeri.Variants[2])
	require.EqualValues(t, 25, *nyeri.Variants[2].Stock)
	require.Equal(t, "roasters.CO-12.", decaf.Variants[0].SKU[:15])
	require.NotEqual(t, decaf.Variants[0].SKU, decaf.Variants[1].SKU)
	require.Equal(t, "EUR 1299.00", machine.Variants[0].Price.String())
	require.Equal(t, "EUR 89.00", grinder.Variants[0].Price.String())
	require.Equal(t, "Steel burrs;\u0020\n38 settings.", grinder.Description)
}

func TestRowsOfOneProductMayNotContradictEachOther(t *testing.T) {
	t.Parallel()
	cases := []struct{ row, reason string }{
		{"1,other,,,,,,5,,,M", "differs from the product's first row, line 2"},
		{"1,,other,,,,,5,,,M", "differs from the product's first row, line 2"},
		{"1,,,other,,,,5,,,M", "differs from the product's first row, line 2"},
		{"1,,,,other,,,5,,,M", "is another category than in the product's first row, line 2"},
		{"1,,,,,,S-1,5,,,M", "is the SKU of line 2 already"},
		{"1,,,,,,,5,,,S", "the row repeats product and options of line 2"},
		{"1,,,,,,,5,,,", "the row fills other options than line 2 of the same product"},
		{"1,,,,,,,0,,,M", "is zero, and nothing is sold for that"},
	}
	mapping := strings.Replace(allFields, ", default: none", "", 1)
	for _, c := range cases {
		text := allColumns + "1,n,d,b,c,,S-1,5,,,S\n" + c.row + "\n1,n,,b,c,,,6,,,L\n"
		got := read(t, parse(t, mapping), "test", strings.NewReader(text))
		require.Len(t, got.rejected, 1)
		require.Equal(t, c.reason, got.rejected[0].Reason)
		require.Equal(t, 3, got.rejected[0].Line)
		require.Len(t, got.products, 1)
		require.Len(t, got.products[0].Variants, 2)
		require.Equal(t, 1, got.products[0].Rejected)
	}
}

func TestRowsOfOneProductMustStandTogether(t *testing.T) {
	t.Parallel()
	row := func(id, size string) string { return id + ",n,,,,,,5,,," + size + "\n" }
	text := allColumns + row("1", "S") + row("2", "S") + row("1", "M") + row("2", "M")
	got := read(t, parse(t, allFields), "test", strings.NewReader(text))
	require.Len(t, got.rejected, 1)
	require.Equal(t, 4, got.rejected[0].Line)
	require.Equal(t, "repeats the product of line 2, and the rows of a product must stand together", got.rejected[0].Reason)
	require.Equal(t, []string{"1", "2"}, got.ids())
	require.Len(t, got.products[1].Variants, 2, "a row that is out of place doesn't part those around it")
}

func TestAProductKeepsWhatItsRejectedFirstRowSaid(t *testing.T) {
	t.Parallel()
	got := read(t, parse(t, allFields), "test", strings.NewReader(allColumns+"1,n,,b,,,,free,,,S\n1,,,,,,,5,,,M\n"))
	require.Len(t, got.rejected, 1)
	require.Equal(t, "n", got.products[0].Name)
	require.Equal(t, "b", got.products[0].Brand)
}

func TestAProductHasAtMost500Variants(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString(allColumns)
	for i := range feed.MaxVariants + 1 {
		fmt.Fprintf(&text, "1,n,,,,,,5,,,%d\n", i)
	}
	got := read(t, parse(t, allFields), "test", strings.NewReader(text.String()))
	require.Len(t, got.products[0].Variants, feed.MaxVariants)
	require.Equal(t, "has more than 500 variants", got.rejected[0].Reason)
}

func TestAProductHasAtMost50Images(t *testing.T) {
	t.Parallel()
	var images []string
	for i := range feed.MaxImages + 1 {
		images = append(images, fmt.Sprintf("https://images.example.com/%d", i))
	}
	text := allColumns + "1,n,,,," + strings.Join(images, "|") + ",,5,,,\n"
	got := read(t, parse(t, allFields), "test", strings.NewReader(text))
	require.Equal(t, "is more than 50 images of one product", got.rejected[0].Reason)
}

func TestDerivedSKUsAreShortPlainAndDistinct(t *testing.T) {
	t.Parallel()
	ids := []string{"1", "a", "A", "a.b", "a/b", "a b", "~a", "ü", strings.Repeat("9", 128), strings.Repeat("9", 127), "KE-07_x"}
	text := "id,name,price,size\n"
	for _, id := range ids {
		text += id + ",n,5,S\n" + id + ",n,5,M\n"
	}
	source := strings.Repeat("s", 24)
	got := read(t, parse(t, smallest+"  options: [{name: Size, column: size}]\n"), source, strings.NewReader(text))
	require.Empty(t, got.rejected)
	skus := map[string]bool{}
	for _, product := range got.products {
		for _, variant := range product.Variants {
			require.LessOrEqual(t, len(variant.SKU), feed.MaxSKU)
			require.Regexp(t, `^s+\.[A-Za-z0-9_~-]+\.[A-Z2-7]{8}$`, variant.SKU)
			require.False(t, skus[variant.SKU])
			skus[variant.SKU] = true
		}
	}
	require.Len(t, skus, 2*len(ids))
}

func TestAComparePriceThatIsNotHigherIsNone(t *testing.T) {
	t.Parallel()
	text := allColumns + "1,n,,,,,,5,5.00,,\n2,n,,,,,,5,4,,\n3,n,,,,,,5,5.01,,\n"
	got := read(t, parse(t, allFields), "test", strings.NewReader(text))
	require.Nil(t, got.products[0].Variants[0].CompareAt)
	require.Nil(t, got.products[1].Variants[0].CompareAt)
	require.Equal(t, "EUR 5.01", got.products[2].Variants[0].CompareAt.String())
}
