package app_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/catalog/internal/app"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/core"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/feed"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/money"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// bigbasket opens the real feed, which isn't in the repository: from the folder BANYAN_FEEDS, else
// from shared/data/feeds beside the checkout.
func bigbasket(tb testing.TB) *feed.Reader {
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
	text, err := os.Open("../../../../examples/mappings/bigbasket.yaml")
	require.NoError(tb, err)
	defer text.Close()
	m, err := feed.ParseMapping(text)
	require.NoError(tb, err)
	reader, err := feed.Open(file, "bigbasket", m)
	require.NoError(tb, err)
	return reader
}

func TestTheRealFeedIsImportedAndFound(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("27,555 products")
	}
	if raceDetector {
		t.Skip("the race detector makes SQLite in Go thirty times slower; the acceptance tests import the feed by the built program")
	}
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := shopOn(e.With(sqldb.Options{}).DB(t, "catalog"))

		began := time.Now()
		first, err := s.Import(t.Context(), "bigbasket", bigbasket(t), quiet())
		require.NoError(t, err)
		took := time.Since(began)
		require.Equal(t, app.Summary{Read: 27_555, Created: 27_554, Rejected: 1}, first)
		t.Logf("imported %.0f rows/s", float64(first.Read)/took.Seconds())

		began = time.Now()
		second, err := s.Import(t.Context(), "bigbasket", bigbasket(t), quiet())
		require.NoError(t, err)
		t.Logf("again, unchanged: %.0f rows/s", float64(second.Read)/time.Since(began).Seconds())
		require.Equal(t, app.Summary{Read: 27_555, Unchanged: 27_554, Rejected: 1}, second)
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		t.Logf("heap in use: %d MB", memory.HeapInuse>>20)

		angle, err := s.Variant(t.Context(), "bigbasket.3")
		require.NoError(t, err)
		require.Equal(t, "Brass Angle Deep - Plain, No.2", angle.Name)
		require.Equal(t, []core.Price{{
			Amount: money.Money{Amount: 11900, Currency: "INR"}, CompareAt: &money.Money{Amount: 25000, Currency: "INR"},
		}}, angle.Prices)
		for _, search := range []app.Search{
			{Words: "soap"},
			{Words: "garlic oil"},
			{Words: "b"},
			{Words: "be"},
			{Words: "beauty hygiene care"},
			{Words: "organic", Category: "Beauty & Hygiene"},
			{Brand: "nivea"},
			{Category: "Beauty & Hygiene"},
			{},
		} {
			search.Limit = 50
			const times = 5
			began = time.Now()
			for range times {
				page, _, err := s.Products(t.Context(), search)
				require.NoError(t, err)
				if search.Words != "b" {
					require.NotEmpty(t, page, "%+v", search)
				}
			}
			t.Logf("%v for %q in %q %q", (time.Since(began) / times).Round(10*time.Microsecond), search.Words, search.Category, search.Brand)
		}
		s.sound(t)
	})
}
