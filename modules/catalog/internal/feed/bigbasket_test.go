package feed_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/catalog/internal/feed"
	"github.com/banyan-commerce/banyan/platform/money"
)

// bigbasket opens the real feed, which isn't in the repository: from the directory BANYAN_FEEDS, else
// from shared/data/feeds beside the checkout.
func bigbasket(tb testing.TB) *os.File {
	tb.Helper()
	folder := os.Getenv("BANYAN_FEEDS")
	if folder == "" {
		folder = "../../../../../shared/data/feeds"
	}
	path, err := filepath.Abs(filepath.Join(folder, "bigbasket.csv"))
	require.NoError(tb, err)
	file, err := os.Open(path)
	if err != nil {
		tb.Skipf("real feed absent: %s (say where it is with BANYAN_FEEDS)", path)
	}
	tb.Cleanup(func() { _ = file.Close() })
	return file
}

func TestBigbasketIsImportedButForTheRowWithoutAName(t *testing.T) {
	t.Parallel()
	file := bigbasket(t)
	size, err := file.Stat()
	require.NoError(t, err)
	got := read(t, exampleMapping(t, "bigbasket.yaml"), "bigbasket", file)
	require.NoError(t, got.err)
	require.EqualValues(t, 27_555, got.rows)
	require.Equal(t, size.Size(), got.consumed)
	require.Equal(t, []feed.RowError{
		{Line: 14_366, Column: "product", Field: "name", Reason: "is empty, and a product needs a name"},
	}, got.rejected)
	require.Len(t, got.products, 27_554)

	byID := map[string]feed.Product{}
	skus := map[string]bool{}
	for _, product := range got.products {
		byID[product.PartnerID] = product
		require.Len(t, product.Variants, 1)
		skus[product.Variants[0].SKU] = true
	}
	require.Len(t, skus, 27_554)
	oil := byID["1"]
	oil.Hash = [32]byte{}
	require.Equal(t, feed.Product{
		Line: 2, PartnerID: "1", Name: "Garlic Oil - Vegetarian Capsule 500 mg", Brand: "Sri Sri Ayurveda",
		Category: []string{"Beauty & Hygiene", "Hair Care", "Hair Oil & Serum"},
		Variants: []feed.Variant{{Line: 2, SKU: "bigbasket.1", Price: money.Money{Amount: 22000, Currency: "INR"}}},
	}, oil)
	require.Equal(t, "INR 85.14", byID["20"].Variants[0].Price.String())
	require.Equal(t, "INR 90.00", byID["20"].Variants[0].CompareAt.String())
	require.Equal(t, "Brass Angle Deep - Plain, No.2", byID["3"].Name)
	require.Equal(t, "Olive Oil - Pure", byID["2081"].Name, "a no-break space that was broken is mended")
	require.Equal(t, "On The Go Travel Disinfectant Spray – Kills 99.9% Germs, Alcohol based, Anti-bacterial, Citrus Fragrance", byID["19667"].Name)
	require.Equal(t, "Unsweetened Peanut Butter Creamy", byID["6378"].Name, "a name of two lines becomes one")
	require.Empty(t, byID["9766"].Brand)
	require.Equal(t, "109°F", byID["26143"].Brand)
}

// The whole file again, by encoding/csv and nothing of ours.
func TestEveryRowOfBigbasketSaysWhatItsCellsSay(t *testing.T) {
	t.Parallel()
	rows, err := csv.NewReader(bigbasket(t)).ReadAll()
	require.NoError(t, err)
	got := read(t, exampleMapping(t, "bigbasket.yaml"), "bigbasket", bigbasket(t))
	clean := strings.NewReplacer("Â\u00a0", " ", "â€“", "–")
	next := 0
	for _, row := range rows[1:] {
		if row[1] == "" {
			continue
		}
		product := got.products[next]
		next++
		require.Equal(t, row[0], product.PartnerID)
		require.Equal(t, strings.Join(strings.Fields(clean.Replace(row[1])), " "), product.Name)
		require.Equal(t, strings.TrimSpace(row[4]), product.Brand)
		require.Equal(t, []string{row[2], row[3], row[7]}, product.Category)
		require.Equal(t, paise(t, row[5]), product.Variants[0].Price.Amount)
		if paise(t, row[6]) > paise(t, row[5]) {
			require.Equal(t, paise(t, row[6]), product.Variants[0].CompareAt.Amount)
		} else {
			require.Nil(t, product.Variants[0].CompareAt)
		}
	}
	require.Len(t, got.products, next)
}

// paise reads rupees with at most two decimals, one character at a time.
func paise(t *testing.T, rupees string) int64 {
	t.Helper()
	whole, decimals, _ := strings.Cut(rupees, ".")
	require.LessOrEqual(t, len(decimals), 2)
	var sum int64
	for _, digit := range whole + decimals + strings.Repeat("0", 2-len(decimals)) {
		sum = sum*10 + int64(digit-'0')
	}
	return sum
}

func BenchmarkBigbasket(b *testing.B) {
	file := bigbasket(b)
	text, err := os.Open("../../../../examples/mappings/bigbasket.yaml")
	require.NoError(b, err)
	defer text.Close()
	mapping, err := feed.ParseMapping(text)
	require.NoError(b, err)
	b.ReportAllocs()
	var rows int64
	for b.Loop() {
		_, err := file.Seek(0, 0)
		require.NoError(b, err)
		reader, err := feed.Open(file, "bigbasket", mapping)
		require.NoError(b, err)
		rejected := 0
		for _, err := range reader.Products(b.Context()) {
			if err != nil {
				rejected++
			}
		}
		require.Equal(b, 1, rejected)
		rows += reader.Rows()
		b.SetBytes(reader.Consumed())
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}
