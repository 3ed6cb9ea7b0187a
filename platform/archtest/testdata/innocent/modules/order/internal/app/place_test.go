package app_test

import (
	"reflect"
	"testing"

	"example.com/shop/migrations"
	"example.com/shop/modules/catalog"
	"example.com/shop/modules/order/internal/ordertest"
)

var given catalog.Service

const products = "http://localhost/v1/products"

func TestPlace(t *testing.T) {
	given, _ = any(t).(catalog.Service)
	ordertest.Register("catalog", given)
	go reflect.DeepEqual(migrations.Files, nil)
}
