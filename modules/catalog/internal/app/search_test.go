package app_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/catalog/internal/app"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/core"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

func TestProductsAreFoundByWordsBrandAndCategory(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		s.imports(t,
			"1,Café au Lait Cup,Olvar,Kitchen>Cups,A,900,7",
			"2,Women's Shirt,Gooseberry Lane,Clothing>Shirts,B,900,7",
			"3,녹차 잔,Olvar,Kitchen>Cups>Tea,C,900,7",
			"4,Cup Cake Tin,Kiefer,Kitchen,D,900,7",
		)
		for _, c := range []struct {
			search app.Search
			want   []string
		}{
			{app.Search{}, []string{"Café au Lait Cup", "Women's Shirt", "녹차 잔", "Cup Cake Tin"}},
			{app.Search{Words: "cafe"}, []string{"Café au Lait Cup"}},
			{app.Search{Words: "CAFÉ lait"}, []string{"Café au Lait Cup"}},
			{app.Search{Words: "womens"}, []string{"Women's Shirt"}},
			{app.Search{Words: "women’s shi"}, []string{"Women's Shirt"}},
			{app.Search{Words: "녹차"}, []string{"녹차 잔"}},
			{app.Search{Words: "cup"}, []string{"Café au Lait Cup", "녹차 잔", "Cup Cake Tin"}},
			{app.Search{Words: "cup cup cups"}, []string{"Café au Lait Cup", "녹차 잔"}},
			{app.Search{Words: "cup cak"}, []string{"Cup Cake Tin"}},
			{app.Search{Words: "cup", Brand: "OLVAR"}, []string{"Café au Lait Cup", "녹차 잔"}},
			{app.Search{Brand: "gooseberry lane"}, []string{"Women's Shirt"}},
			{app.Search{Brand: "gooseberry"}, nil},
			{app.Search{Category: "Kitchen"}, []string{"Café au Lait Cup", "녹차 잔", "Cup Cake Tin"}},
			{app.Search{Category: "Kitchen > Cups > Tea"}, []string{"녹차 잔"}},
			{app.Search{Category: core.CategoryID([]string{"Clothing"}).String()}, []string{"Women's Shirt"}},
			{app.Search{Category: "Cups"}, nil},
			{app.Search{Words: "cup", Category: "Clothing"}, nil},
			{app.Search{Words: "nothing"}, nil},
			{app.Search{Words: "cup nothing"}, nil},
			{app.Search{Words: "c lait"}, nil},
			{app.Search{Words: "ki cu"}, []string{"Café au Lait Cup", "녹차 잔", "Cup Cake Tin"}},
			{app.Search{Words: "%_!"}, nil},
		} {
			require.Equal(t, c.want, s.finds(t, c.search), "%+v", c.search)
		}
	})
}

func TestPagesFollowEachOtherWithoutGapsAndRepeats(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := newShop(t, e)
		var rows []string
		for i := range 25 {
			rows = append(rows, fmt.Sprintf("%d,Thing %02d thingy,Brand,A,T%d,100,1", i, i, i))
		}
		s.imports(t, rows...)
		for _, search := range []app.Search{{}, {Words: "thing"}, {Brand: "brand"}, {Category: "A", Words: "th"}} {
			search.Limit = 10
			var names []string
			for pages := 1; ; pages++ {
				page, more, err := s.Products(t.Context(), search)
				require.NoError(t, err)
				for _, l := range page {
					names = append(names, l.Name)
				}
				if !more {
					require.Equal(t, 3, pages)
					break
				}
				search.After = page[len(page)-1].ID
			}
			require.Len(t, names, 25)
			require.IsIncreasing(t, names)
		}
	})
}

func TestAPageTakesTwoStatementsWordsAThirdAndASKUOne(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		statements := 0
		s := shopOn(e.With(sqldb.Options{Observe: func(sqldb.Statement) { statements++ }}).DB(t, "catalog"))
		_, err := s.LoadDemo(t.Context())
		require.NoError(t, err)
		for _, c := range []struct {
			search app.Search
			want   int
		}{
			{app.Search{}, 2},
			{app.Search{Category: "Outdoor", Brand: "Pado Outdoor"}, 2},
			{app.Search{Words: "shirt"}, 3},
			{app.Search{Words: "black pack", Category: "Outdoor", Brand: "Pado Outdoor"}, 3},
		} {
			statements = 0
			require.NotEmpty(t, s.finds(t, c.search))
			require.Equal(t, c.want, statements, "%+v", c.search)
		}
		statements = 0
		_, err = s.Variant(t.Context(), "DAY-PACK-BLACK")
		require.NoError(t, err)
		require.Equal(t, 1, statements)
	})
}
