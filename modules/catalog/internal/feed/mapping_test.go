package feed_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/catalog/internal/feed"
)

// smallest is a mapping that says no more than it must.
const smallest = `
currency: EUR
fields:
  id: {column: id}
  name: {column: name}
  price: {column: price}
`

func parse(t *testing.T, mapping string) feed.Mapping {
	t.Helper()
	m, err := feed.ParseMapping(strings.NewReader(mapping))
	require.NoError(t, err)
	return m
}

func TestMappingTroublesAreNamedWithTheirLine(t *testing.T) {
	t.Parallel()
	for mapping, want := range map[string]string{
		smallest + "  nmae: {column: x}\n":           `line 7: there is no key "nmae" here`,
		smallest + "  brand: {colum: x}\n":           `line 7: there is no key "colum" here`,
		smallest + "fileds: {}\n":                    `line 7: there is no key "fileds" here`,
		smallest + "  brand: {index: third}\n":       "line 7: a str `third` can't stand here",
		smallest + "  brand: [a, b]\n":               "line 7: a seq can't stand here",
		smallest + "  brand: {column: x\n":           "did not find expected ',' or '}'",
		smallest + "---\nmore: 1\n":                  "second YAML document",
		strings.Repeat("a:\n", 20_000):               "line 1: more than 100 keys",
		smallest + "  name: {column: x}\n":           `line 7: mapping key "name" already defined at line 5`,
		"":                                           "The mapping is empty.",
		"# nothing\n":                                "The mapping is empty.",
		smallest + "# " + strings.Repeat("x", 1<<19): "longer than",
	} {
		_, err := feed.ParseMapping(strings.NewReader(mapping))
		require.ErrorIs(t, err, feed.ErrMapping)
		require.ErrorContains(t, err, want)
	}
}

func TestMappingsThatCannotWorkAreRefused(t *testing.T) {
	t.Parallel()
	fields := func(lines ...string) string { return smallest + "  " + strings.Join(lines, "\n  ") + "\n" }
	for mapping, want := range map[string]string{
		"currency: EUR\n":                                          "fields.id: is required; fields.name: is required; fields.price: is required",
		"format: xlsx" + smallest:                                  `format: "xlsx" is not known`,
		"encoding: latin1" + smallest:                              `encoding: "latin1" is not known`,
		"delimiter: ';;'" + smallest:                               `delimiter: ";;"`,
		"delimiter: '\"'" + smallest:                               "delimiter:",
		"decimal: x" + smallest:                                    `decimal: "x"`,
		"version: -1" + smallest:                                   "version: -1",
		strings.Replace(smallest, "EUR", "EURO", 1):                `currency: "EURO" is no ISO 4217 code`,
		strings.Replace(smallest, "column: id", "const: 1", 1):     "fields.id: a constant would make all products one",
		strings.Replace(smallest, "column: name", "default: x", 1): "fields.name: needs one of column, index and const",
		fields("brand: {column: x, index: 3}"):                     "fields.brand: needs one of column, index and const",
		fields("brand: {index: -1}"):                               "fields.brand: index counts columns from 1",
		fields("brand: {column: x, replace: [{to: y}]}"):           "fields.brand: replace needs a from",
		fields("compare_at: {column: x, currency: XXX}"):           "fields.compare_at.currency",
		fields("category: {column: x, path: [{column: y}]}"):       "exclude each other",
		fields("category: {path: [{colum: y}]}"):                   `no key "colum"`,
		fields("category: {path: [{default: y}]}"):                 "fields.category.path[0]: needs one of",
		fields("category: {path: [{const: a}, {const: a}, {const: a}, {const: a}, {const: a}, {const: a}, {const: a}, {const: a}, {const: a}]}"): "deeper than 8",
		fields("options: [{column: x}]"):                                        "fields.options[0]: needs a name of its own",
		fields("options: [{name: A, column: x}, {name: A, column: y}]"):         "fields.options[1]: needs a name of its own",
		fields("options: [{name: Size}]"):                                       "fields.options[0]: is required",
		fields("options: [{name: " + strings.Repeat("n", 65) + ", column: x}]"): "more than 64 characters",
		fields("options: [{}, {}, {}, {}, {}, {}, {}, {}, {}]"):                 "fields.options: more than 8",
	} {
		_, err := feed.ParseMapping(strings.NewReader(mapping))
		require.ErrorIs(t, err, feed.ErrMapping, mapping)
		require.ErrorContains(t, err, want)
	}
}

func TestTheExampleMappingsParse(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../../../examples/mappings/*.yaml")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 2)
	for _, file := range files {
		exampleMapping(t, filepath.Base(file))
	}
}

func exampleMapping(t *testing.T, name string) feed.Mapping {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../../../examples/mappings", name))
	require.NoError(t, err)
	return parse(t, string(text))
}
