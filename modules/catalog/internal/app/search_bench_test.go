package app_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/migrations"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/app"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/feed"
	"github.com/banyan-commerce/banyan/platform/migrate"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// wide is a feed of 27,000 products whose names have one of 20 first words, 16 second and 30 third ones:
// each alone finds 900 and more, and a first and a third one together some 60.
func wide() string {
	first := strings.Fields("amber brisk calm deep early fine gentle hollow ivory jolly keen light mellow narrow oval plain quiet round slender tall")
	second := strings.Fields("bamboo brass clay copper cotton glass granite hemp linen oak pewter silk slate steel walnut wool")
	third := strings.Fields("basket bench blanket bowl box candle carafe chair clock cup curtain dish frame jar kettle ladle lamp mirror mug pan " +
		"pillow plate pot rug shelf spoon stool table tray vase")
	var b strings.Builder
	b.WriteString("id,name,brand,category,sku,price,stock\n")
	for i := range 27_000 {
		one, two, three := first[i%20], second[i/3%16], third[i/7%30]
		fmt.Fprintf(&b, "%d,%s %s %s %05d,Brand %02d,Home>%s>%s,S%d,%d,100\n", i, one, two, three, i, i%50, two, three, i, 100+i%900)
	}
	return b.String()
}

// wideShop sells the wide feed on a SQLite file.
func wideShop(b *testing.B) *shop {
	b.Helper()
	location := sqldb.Location{Engine: sqldb.SQLite, Dir: b.TempDir()}
	scripts, err := migrations.FS("catalog")
	require.NoError(b, err)
	_, err = migrate.Up(b.Context(), location, "catalog", scripts)
	require.NoError(b, err)
	db, err := sqldb.Open(b.Context(), location, "catalog", sqldb.Options{})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, db.Close()) })
	s := shopOn(db)
	m, err := feed.ParseMapping(strings.NewReader(testMapping))
	require.NoError(b, err)
	reader, err := feed.Open(strings.NewReader(wide()), "wide", m)
	require.NoError(b, err)
	_, err = s.Import(b.Context(), "wide", reader, quiet())
	require.NoError(b, err)
	return s
}

func BenchmarkSearch(b *testing.B) {
	s := wideShop(b)
	for _, search := range []app.Search{
		{Words: "early cup"},
		{Words: "bri bas"},
		{Words: "cup"},
		{Words: "ca"},
		{Words: "amber bamboo basket"},
		{Words: "walnut", Brand: "Brand 07"},
		{Category: "Home > oak"},
	} {
		search.Limit = 20
		b.Run(search.Words+search.Brand+search.Category, func(b *testing.B) {
			for b.Loop() {
				page, _, err := s.Products(b.Context(), search)
				require.NoError(b, err)
				require.NotEmpty(b, page)
			}
		})
	}
}
