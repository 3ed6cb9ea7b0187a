package app_test

import (
	"os"
	"testing"

	"example.com/shop/migrations"
	"example.com/shop/modules/order"
	"example.com/shop/platform/sqldb"
)

type engine struct{}

func (engine) DB(t *testing.T, module string) *sqldb.DB { return nil }

// The module's own schema, by whatever name, and files that are nobody's.
func TestSchema(t *testing.T) {
	name := order.Manifest().Name
	engine{}.DB(t, "order")
	open(t, name)
	migrations.FS("order")
	_, _ = os.ReadFile("../../../../docs/notes.txt")
	_, _ = os.ReadFile("../../testdata/order.json")
	_, _ = os.ReadFile("../../../order/testdata/order.json")
	_, _ = os.ReadFile("../../../../migrations/order/00001_order.sql")
}

func open(t *testing.T, module string) { engine{}.DB(t, module) }
