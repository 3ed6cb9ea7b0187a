package app_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/app"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/core"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/feed"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/money"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

func TestAnImportCreatesThenLeavesAloneThenUpdates(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		rows := []string{"1,Red Cup,Acme,Kitchen>Cups,CUP-R,900,7", "2,Blue Cup,Acme,Kitchen>Cups,CUP-B,950,3"}

		first, _ := s.imports(t, rows...)
		require.Equal(t, app.Summary{Read: 2, Created: 2}, first)
		red, err := s.Variant(t.Context(), "CUP-R")
		require.NoError(t, err)

		second, _ := s.imports(t, rows...)
		require.Equal(t, app.Summary{Read: 2, Unchanged: 2}, second)

		rows[0] = "1,Crimson Cup,Acme,Kitchen>Mugs,CUP-R,990,9"
		third, _ := s.imports(t, rows...)
		require.Equal(t, app.Summary{Read: 2, Updated: 1, Unchanged: 1}, third)
		crimson, err := s.Variant(t.Context(), "CUP-R")
		require.NoError(t, err)
		require.Equal(t, red.ProductID, crimson.ProductID, "the product stays the same one")
		require.Equal(t, "Crimson Cup", crimson.Name)
		require.Equal(t, []core.Price{{Amount: money.Money{Amount: 990, Currency: "KRW"}}}, crimson.Prices)
		require.EqualValues(t, 9, crimson.Stock.OnHand)
		require.Empty(t, s.finds(t, app.Search{Words: "red"}), "the old words find it no more")
		require.Equal(t, []string{"Crimson Cup"}, s.finds(t, app.Search{Words: "crim"}))
		require.Equal(t, []string{"Crimson Cup"}, s.finds(t, app.Search{Category: "Kitchen > Mugs"}))
		s.sound(t)
	})
}

func TestAnImportThatChangesNothingWritesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		db := e.DB(t, "catalog")
		s := shopOn(db)
		s.imports(t, "1,Cup,,,A,900,1", "2,Plate,,,B,900,1")
		written := db.Stats().Units.Load()
		summary, _ := s.imports(t, "1,Cup,,,A,900,1", "2,Plate,,,B,900,1")
		require.Equal(t, app.Summary{Read: 2, Unchanged: 2}, summary)
		require.Equal(t, written, db.Stats().Units.Load())
	})
}

func TestAnImportReportsBadRowsAndGoesOn(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		summary, rejected := s.imports(t,
			"1,Cup,,,A,900,1", "2,,,,B,900,1", "3,Plate,,,C,cheap,1", "1,Cup again,,,D,900,1", "4,Bowl,,,E,700,1")

		require.Equal(t, app.Summary{Read: 5, Created: 2, Rejected: 3}, summary)
		require.Len(t, rejected, 3)
		require.Contains(t, rejected[0], `line 3, column "name": is empty`)
		require.Contains(t, rejected[1], `line 4, column "price": "cheap"`)
		require.Contains(t, rejected[2], `line 5, column "id": "1": repeats line 2`)
	})
}

func TestAnImportRefusesAnotherProductsSKUAndACountBelowWhatIsPromised(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		s.imports(t, "1,Cup,,,A,900,5", "2,Plate,,,B,900,5")
		s.reserves(t, s.wants("k", "B", "B", "B"))

		summary, rejected := s.imports(t, "9,Thief,,,A,1,1", "2,Cheap Plate,,,B,500,2", "3,Bowl,,,C,100,1")
		require.Equal(t, app.Summary{Read: 3, Created: 1, Rejected: 2}, summary)
		require.Equal(t, []string{
			`line 2: SKU "A" is another product's`,
			`line 3: stock of SKU "B" is 2, and 3 are promised to orders`,
		}, rejected)
		plate, err := s.Variant(t.Context(), "B")
		require.NoError(t, err)
		require.Equal(t, "Plate", plate.Name, "a rejected row changes nothing")

		again, _ := s.imports(t, "2,Cheap Plate,,,B,500,3")
		require.Equal(t, app.Summary{Read: 1, Updated: 1}, again, "nor is it taken for unchanged")
		s.sound(t)
	})
}

const variantMapping = testMapping + `
  options:
    - {name: Size, column: size}
`

func TestAVariantThatIsGoneFromTheFeedIsSoldNoMoreUntilItIsBack(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		imports := func(rows ...string) {
			text := "id,name,brand,category,sku,price,stock,size\n" + strings.Join(rows, "\n") + "\n"
			reader, err := feed.Open(strings.NewReader(text), "test", mapping(t, variantMapping))
			require.NoError(t, err)
			_, err = s.Import(t.Context(), "test", reader, quiet())
			require.NoError(t, err)
		}
		small, large := "1,Shirt,,,S,900,5,Small", "1,Shirt,,,L,900,5,Large"

		imports(small, large)
		imports(small, "1,Shirt,,,L,cheap,5,Large")
		r := s.wants("k", "L") // whose row is bad, and not gone
		held := s.reserves(t, r)
		require.Equal(t, "Shirt, Large", held.Lines[0].Name)
		imports(small)
		_, err := s.Variant(t.Context(), "L")
		require.ErrorIs(t, err, catalog.ErrSKUNotFound)
		_, err = s.Reserve(t.Context(), s.wants("other", "L"))
		require.ErrorIs(t, err, catalog.ErrUnknownSKU)
		require.Equal(t, held, s.reserves(t, s.wants("k", "L")), "who holds it keeps it")
		imports(small, large)
		s.reserves(t, s.wants("other", "L"))
		s.sound(t)
	})
}

func TestAnImportThatIsCutKeepsWhatWasWrittenAndGoesOnNextTime(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		text := "id,name,brand,category,sku,price,stock\n"
		for i := range 900 {
			text += fmt.Sprintf("%d,Thing %d,,,T%d,100,1\n", i, i, i)
		}
		cut := errors.New("cut")
		broken := io.MultiReader(strings.NewReader(text[:len(text)/2]), &failing{cut})
		reader, err := feed.Open(broken, "test", mapping(t, testMapping))
		require.NoError(t, err)
		first, err := s.Import(t.Context(), "test", reader, quiet())
		require.ErrorIs(t, err, cut)
		require.Positive(t, first.Created)

		reader, err = feed.Open(strings.NewReader(text), "test", mapping(t, testMapping))
		require.NoError(t, err)
		second, err := s.Import(t.Context(), "test", reader, quiet())
		require.NoError(t, err)
		require.Equal(t, app.Summary{Read: 900, Unchanged: first.Created, Created: 900 - first.Created}, second)
	})
}

func TestTwoImportsOfOneFeedAtOnceMakeEachProductOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := shopOn(e.With(sqldb.Options{}).DB(t, "catalog"))
		text := "id,name,brand,category,sku,price,stock\n"
		for i := range 500 {
			text += fmt.Sprintf("%d,Thing %d,Brand,A>B,T%d,100,1\n", i, i, i)
		}
		m := mapping(t, testMapping)
		var created [3]int64

		race(t, len(created), func(ctx context.Context, client int) error {
			reader, err := feed.Open(strings.NewReader(text), "test", m)
			if err != nil {
				return err
			}
			summary, err := s.Import(ctx, "test", reader, quiet())
			created[client] = summary.Created
			return err
		})

		require.EqualValues(t, 500, created[0]+created[1]+created[2])
		s.sound(t)
	})
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

func quiet() app.Report {
	return app.Report{
		Rejected: func(feed.RowError) {},
		Progress: func(int64, app.Summary) error { return nil },
	}
}

// finds are the names of the products on the first page.
func (s *shop) finds(t *testing.T, search app.Search) []string {
	t.Helper()
	search.Limit = 50
	page, _, err := s.Products(t.Context(), search)
	require.NoError(t, err)
	var names []string
	for _, l := range page {
		names = append(names, l.Name)
	}
	return names
}
