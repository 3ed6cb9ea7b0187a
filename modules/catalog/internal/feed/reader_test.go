package feed_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/catalog/internal/feed"
	"github.com/banyan-commerce/banyan/platform/money"
)

// result is all that a feed yields.
type result struct {
	products []feed.Product
	rejected []feed.RowError
	err      error // the last one, if it wasn't a row's
	rows     int64
	consumed int64
}

func (r result) ids() []string {
	var ids []string
	for _, product := range r.products {
		ids = append(ids, product.PartnerID)
	}
	return ids
}

// read ranges over the whole feed and checks what holds of every one.
func read(t *testing.T, m feed.Mapping, source string, input io.Reader) result {
	t.Helper()
	reader, err := feed.Open(input, source, m)
	require.NoError(t, err)
	got := result{}
	for product, err := range reader.Products(t.Context()) {
		require.NoError(t, got.err, "nothing follows an error that isn't a row's")
		var bad *feed.RowError
		switch {
		case errors.As(err, &bad):
			got.rejected = append(got.rejected, *bad)
		case err != nil:
			got.err = err
		default:
			got.products = append(got.products, product)
		}
	}
	got.rows, got.consumed = reader.Rows(), reader.Consumed()
	if got.err == nil {
		variants := len(got.rejected)
		for _, product := range got.products {
			require.NotEmpty(t, product.Variants)
			variants += len(product.Variants)
		}
		require.EqualValues(t, got.rows, variants, "each row is a variant or an error")
	}
	return got
}

const allFields = `
currency: EUR
fields:
  id: {column: id}
  name: {column: name}
  description: {column: text, default: none}
  brand: {index: 4, replace: [{from: "&amp;", to: "&"}]}
  category: {column: path, split: ">"}
  images: {column: images, split: "|"}
  sku: {column: sku}
  price: {column: price}
  compare_at: {column: before}
  stock: {column: stock}
  options: [{name: Size, column: size}]
`

const allColumns = "id,name,text,,path,images,sku,price,before,stock,size\n"

func TestEveryFieldIsRead(t *testing.T) {
	t.Parallel()
	row := "A1 , Cup\u00a0 of\r\n,\"one\n\ntwo \",Salt &amp; Co,Home> Cups >,http://a.example/1|https://a.example/2|http://a.example/1,S-1,\"1,299.00\",1400 EUR,7,L\n"
	row = strings.Replace(row, " Cup\u00a0 of\r\n", "\" Cup\u00a0 of\r\n\"", 1)
	got := read(t, parse(t, allFields), "test", strings.NewReader(allColumns+row))
	require.Empty(t, got.rejected)
	require.Len(t, got.products, 1)
	product := got.products[0]
	product.Hash = [32]byte{}
	stock := int64(7)
	require.Equal(t, feed.Product{
		Line: 2, PartnerID: "A1", Name: "Cup of", Description: "one\n\ntwo", Brand: "Salt & Co",
		Category: []string{"Home", "Cups"}, Images: []string{"http://a.example/1", "https://a.example/2"},
		Variants: []feed.Variant{{
			Line: 2, SKU: "S-1", Options: []feed.Option{{Name: "Size", Value: "L"}},
			Price:     money.Money{Amount: 129900, Currency: "EUR"},
			CompareAt: &money.Money{Amount: 140000, Currency: "EUR"}, Stock: &stock,
		}},
	}, product)
	require.EqualValues(t, len(allColumns+row), got.consumed)
}

func TestRowsAreRejectedWithLineColumnAndReason(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ü", 256)
	cases := map[string]feed.RowError{
		",n,,,,,,1,,,":       {Column: "id", Field: "id", Reason: "is empty, and a product is known by it"},
		"1, ,,,,,,1,,,":      {Column: "name", Field: "name", Reason: "is empty, and a product needs a name"},
		"1,n,,,,,,,,,":       {Column: "price", Field: "price", Reason: "is empty, and a product needs a price"},
		"1,n,,,,,,0.00,,,":   {Column: "price", Field: "price", Value: "0.00", Reason: "is zero, and nothing is sold for that"},
		"1,n,,,,,,-5,,,":     {Column: "price", Field: "price", Value: "-5", Reason: "is negative"},
		"1,n,,,,,,5 DM,,,":   {Column: "price", Field: "price", Value: "5 DM", Reason: "needs a currency of ISO 4217, in the cell or in the mapping"},
		"1,n,,,,,,1..5,,,":   {Column: "price", Field: "price", Value: "1..5", Reason: "is no amount, such as 379, 1,299.00 or 89.0 EUR"},
		"1,n,,,,,,1.2345,,,": {Column: "price", Field: "price", Value: "1.2345", Reason: "has more decimals than its currency"},
		"1,n,,,,,,1.290,,,":  {Column: "price", Field: "price", Value: "1.290", Reason: "can be read as two amounts; say in the mapping which decimal separator the feed uses"},
		"1,n,,,,,,9" + strings.Repeat("9", 20) + ",,,": {Column: "price", Field: "price", Value: "9" + strings.Repeat("9", 20), Reason: "is too large an amount"},
		"1,n,,,,,,5,6 USD,,":                           {Column: "before", Field: "compare_at", Value: "6 USD", Reason: "is in USD, the price in EUR"},
		"1,n,,,,,,5,x-,,":                              {Column: "before", Field: "compare_at", Value: "x-", Reason: "needs a currency of ISO 4217, in the cell or in the mapping"},
		"1,n,,,,,,5,,-1,":                              {Column: "stock", Field: "stock", Value: "-1", Reason: "is no whole number of pieces"},
		"1,n,,,,,,5,,1000000001,":                      {Column: "stock", Field: "stock", Value: "1000000001", Reason: "is more than 1000000000 pieces"},
		"1,n,,,,javascript:x,,5,,,":                    {Column: "images", Field: "images", Value: "javascript:x", Reason: "is no http or https address of at most 2048 bytes"},
		"1,n,,,a>b>c>d>e>f>g>h>i,,,5,,,":               {Column: "path", Field: "category", Value: "a / b / c / d / e / f / g / h / i", Reason: "is a path of more than 8 levels"},
		"1,n,,\x00,,,,5,,,":                            {Column: "column 4", Field: "brand", Value: "\x00", Reason: "has the control character U+0000"},
		"1,n,,M\xfcller,,,,5,,,":                       {Column: "column 4", Field: "brand", Value: "M\ufffdller", Reason: "is not UTF-8"},
		"1," + long + ",,,,,,5,,,":                     {Column: "name", Field: "name", Value: long[:80] + "...", Reason: "has 256 characters, at most 255 fit"},
		"1,n,,,,," + long[:130] + ",5,,,":              {Column: "sku", Field: "sku", Value: long[:80] + "...", Reason: "has 65 characters, at most 64 fit"},
		"1,n,,,,,,5,,," + long + "!":                   {Column: "size", Field: "Size", Value: long[:80] + "...", Reason: "has 257 characters, at most 128 fit"},
		"1,n":                                          {Reason: "the row has 2 columns, the header 11"},
		"1":                                            {Reason: "the row has 1 column, the header 11"},
		"1,n,,,,,,5,,,,":                               {Reason: "the row has 12 columns, the header 11"},
		"1,5\" pipe,,,,,,5,,,":                         {Reason: "the row has a quote in a cell that isn't quoted"},
		"1,\"n\" x,,,,,,5,,,":                          {Reason: "the row has a quoted cell that is never closed, or has a single quote inside (it must be doubled)"},
		"good,n,,,,,,5,,,":                             {Column: "id", Field: "id", Value: "good", Reason: "repeats the product of line 2, and the rows of a product must stand together"},
	}
	for row, want := range cases {
		t.Run(want.Reason, func(t *testing.T) {
			t.Parallel()
			text := allColumns + "good,n,,,,,,5,,,\nbefore,n,,,,,,5,,,\n" + row + "\nafter,n,,,,,,5,,,\n"
			got := read(t, parse(t, allFields), "test", strings.NewReader(text))
			want.Line = 4
			require.Equal(t, []feed.RowError{want}, got.rejected)
			require.Equal(t, []string{"good", "before", "after"}, got.ids())
		})
	}
}

func TestABadCellOfARowWithLineEndsIsFoundOnItsOwnLine(t *testing.T) {
	t.Parallel()
	text := allColumns + "\n1,n,\"a\r\nb\r\nc\",,,,,free,,,\n\r\n2,n,,,,,,5,,,"
	got := read(t, parse(t, allFields), "test", strings.NewReader(text))
	require.Equal(t, 5, got.rejected[0].Line)
	require.Equal(t, `line 5, column "price": "free": is no amount, such as 379, 1,299.00 or 89.0 EUR`, got.rejected[0].Error())
	require.Equal(t, 7, got.products[0].Line)
}

func TestALostQuoteCostsItsOwnLineAndNoOther(t *testing.T) {
	t.Parallel()
	good := func(id string) string { return id + ",\"n, \"\"q\"\"\",\"two\nlines\",,,,,5,,,\n" }
	for name, bad := range map[string]string{
		"opened":         "bad,\"n,,,,,,5,,,\n",
		"bare":           "bad,n\",,,,,,5,,,\n",
		"opened, column": "bad,n,,,,,,5,,,\"\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := allColumns + good("1") + bad + good("2") + bad + good("3") + good("4")
			got := read(t, parse(t, allFields), "test", strings.NewReader(text))
			require.Equal(t, []string{"1", "2", "3", "4"}, got.ids())
			require.Len(t, got.rejected, 2)
			require.Equal(t, []int{4, 7}, []int{got.rejected[0].Line, got.rejected[1].Line})
			require.EqualValues(t, len(text), got.consumed)
		})
	}
}

func TestAnEndlessCellIsGivenUp(t *testing.T) {
	t.Parallel()
	filler := strings.Repeat("x,n,,,,,,5,,,\n", 100_000) // 1.3 MB without a quote
	text := allColumns + "bad,\"n,,,,,,5,,,\n" + filler
	reader, err := feed.Open(strings.NewReader(text), "test", parse(t, smallest))
	require.NoError(t, err)
	for _, err := range reader.Products(t.Context()) {
		var bad *feed.RowError
		if errors.As(err, &bad) && bad.Field == "" {
			require.Equal(t, 2, bad.Line)
			require.Equal(t, "the row, or a quote it opens, doesn't end within 1048576 bytes", bad.Reason)
		}
	}
	require.EqualValues(t, 100_001, reader.Rows())
	require.EqualValues(t, len(text), reader.Consumed())
}

func TestALineWithoutEndIsSkipped(t *testing.T) {
	t.Parallel()
	text := "id,name,price\n" + strings.Repeat("x", 3<<20) + "\n2,n,5\n"
	got := read(t, parse(t, smallest), "test", iotest.HalfReader(strings.NewReader(text)))
	require.Len(t, got.rejected, 1)
	require.Equal(t, 2, got.rejected[0].Line)
	require.Equal(t, []string{"2"}, got.ids())
	require.Equal(t, 3, got.products[0].Line)
}

func TestFeedsThatCannotBeReadAreNamed(t *testing.T) {
	t.Parallel()
	cases := []struct {
		text string
		is   error
		says string
	}{
		{"", feed.ErrFormat, "empty"},
		{"\n\r\n", feed.ErrFormat, "empty"},
		{"PK\x03\x04rest", feed.ErrFormat, ".xlsx"},
		{"\x1f\x8b\x08", feed.ErrFormat, "gzip"},
		{"\xff\xfei\x00d\x00", feed.ErrEncoding, "UTF-16"},
		{"id,name,pri\xe7e\n", feed.ErrEncoding, "not UTF-8"},
		{"id,\x00\n", feed.ErrFormat, "binary"},
		{"id,na\"me,price\n", feed.ErrFormat, "quote"},
		{strings.Repeat("x", 2<<20), feed.ErrFormat, "longer than"},
		{"id;name;price\n", feed.ErrHeader, `has no column "id", has no column "name", has no column "price". Its columns are: "id;name;price"`},
		{"id,name,price,name\n", feed.ErrHeader, `has the column "name" twice, as 2 and 4 (map it by index)`},
	}
	for _, c := range cases {
		_, err := feed.Open(strings.NewReader(c.text), "test", parse(t, smallest))
		require.ErrorIs(t, err, c.is)
		require.ErrorContains(t, err, c.says)
	}
	_, err := feed.Open(strings.NewReader("id,name,price\n"), "test", parse(t, smallest+"  brand: {index: 4}\n"))
	require.ErrorIs(t, err, feed.ErrHeader)
	require.ErrorContains(t, err, "has no column 4 (for brand)")
	for _, source := range []string{"", "UPPER", "with.point", "a b", strings.Repeat("s", 25)} {
		_, err := feed.Open(strings.NewReader("id,name,price\n"), source, parse(t, smallest))
		require.ErrorIs(t, err, feed.ErrSource)
	}
	_, err = feed.Open(strings.NewReader("id,name,price\n"), "test", feed.Mapping{})
	require.ErrorIs(t, err, feed.ErrMapping)
}

func TestBOMDelimiterAndMissingLastLineEndAreFine(t *testing.T) {
	t.Parallel()
	for _, delimiter := range []string{";", "tab", "|", "¦"} {
		m := parse(t, "delimiter: '"+delimiter+"'"+smallest)
		text := "\ufeff id ;name;price\n1;n;5\n2;n;5"
		if delimiter == "tab" {
			delimiter = "\t"
		}
		got := read(t, m, "test", iotest.OneByteReader(strings.NewReader(strings.ReplaceAll(text, ";", delimiter))))
		require.Empty(t, got.rejected)
		require.Equal(t, []string{"1", "2"}, got.ids())
	}
}

func TestAnIDMayNotRepeat(t *testing.T) {
	t.Parallel()
	text := "id,name,price\n1,a,5\n1,b,6\n2,c,x\n2,d,7\n3,e,8\n1,f,9\n2,g,9\n"
	got := read(t, parse(t, smallest), "test", strings.NewReader(text))
	require.Equal(t, []string{"1", "2", "3"}, got.ids())
	require.Equal(t, []string{"a", "d", "e"}, []string{got.products[0].Name, got.products[1].Name, got.products[2].Name},
		"a rejected row leaves its ID to a later one")
	lines := map[int]string{}
	for _, bad := range got.rejected {
		lines[bad.Line] = bad.Reason
	}
	require.Equal(t, map[int]string{
		3: "repeats line 2", 7: "repeats line 2", 8: "repeats line 5",
		4: "is no amount, such as 379, 1,299.00 or 89.0 EUR",
	}, lines)
}

func TestAnInputThatBreaksIsTheLastThingYielded(t *testing.T) {
	t.Parallel()
	broken := errors.New("cable cut")
	input := io.MultiReader(strings.NewReader("id,name,price\n1,a,5\n2,b,6\n3,c"), iotest.ErrReader(broken))
	got := read(t, parse(t, smallest), "test", input)
	require.ErrorIs(t, got.err, broken)
	require.ErrorContains(t, got.err, "line 4")
	require.Equal(t, []string{"1"}, got.ids(), "what may lack rows isn't handed out")
}

func TestACancelledContextEndsReading(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	reader, err := feed.Open(strings.NewReader("id,name,price\n1,a,5\n2,b,6\n3,c,7\n4,d,8\n"), "test", parse(t, smallest))
	require.NoError(t, err)
	var last error
	products := 0
	for _, last = range reader.Products(ctx) {
		cancel()
		products++
	}
	require.ErrorIs(t, last, context.Canceled)
	require.Equal(t, 2, products, "one product and the error")
}

func TestWhoStopsRangingStopsReading(t *testing.T) {
	t.Parallel()
	reader, err := feed.Open(strings.NewReader("id,name,price\n1,a,5\n2,b,x\n3,c,7\n"), "test", parse(t, smallest))
	require.NoError(t, err)
	for _, err := range reader.Products(t.Context()) {
		require.NoError(t, err)
		break
	}
	require.EqualValues(t, 2, reader.Rows())
}
