package app_test

import (
	"os"
	"path"
	"testing"

	scripts "example.com/shop/migrations"
	"example.com/shop/modules/catalog"
)

const theirs = "catalog"

func TestPeek(t *testing.T) {
	engine{}.DB(t, theirs) // want: opens the schema "catalog" in a test of module order
	engine{}.DBs(t, "order",
		"catalog") // want: opens the schema "catalog" in a test of module order
	engine{}.DB(t, catalog.AggregateType)                      // want: opens the schema "stock"
	scripts.FS("catalog")                                      // want: opens the schema "catalog" in a test of module order
	_, _ = os.ReadFile("../../../catalog/testdata/stock.json") // want: names modules/catalog/testdata/stock.json by a path
	_, _ = os.ReadFile(path.Join("../../..", theirs))          // want: names modules by a path
	_ = os.DirFS("../../../../migrations/" + theirs)           // want: names migrations/catalog by a path
}

func (engine) DBs(t *testing.T, modules ...string) {}
