package core_test

import (
	"encoding/hex"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/order/internal/core"
	"github.com/banyan-commerce/banyan/platform/money"
)

func full() core.Placement {
	p := good()
	p.ShipTo.Line2, p.ShipTo.Region, p.Currency = "2nd floor", "Seoul", "KRW"
	p.ExpectedTotal = &money.Money{Amount: 24_000, Currency: "KRW"}
	return p
}

// Keys outlive the release that took them: whoever repeats a request to the next one is refused if these change.
func TestAFingerprintIsTheSameInEveryRelease(t *testing.T) {
	t.Parallel()
	least, most, means := good().Fingerprint(), full().Fingerprint(), good().Payment.Fingerprint()
	require.Equal(t, "c84d57e1a7998d9313303868c0ab40e46788f78a5d0d15111444262c324f6e98", hex.EncodeToString(least[:]))
	require.Equal(t, "da5aeeb660ff90ed503cdcad9841d7be85ad9c89d5e4d0da7ae0792803c0eeed", hex.EncodeToString(most[:]))
	require.Equal(t, "609e1c711900c32a04c6dada8a54c3ce27c4309192570f9061fdfebab12c5f49", hex.EncodeToString(means[:]))
}

func TestEveryFieldOfARequestChangesItsFingerprint(t *testing.T) {
	t.Parallel()
	original := full()
	changed := 0
	eachLeaf(reflect.ValueOf(&original).Elem(), "Placement", func(name string, change func()) {
		before := original.Fingerprint()
		change()
		require.NotEqual(t, before, original.Fingerprint(), name)
		changed++
	})
	require.Equal(t, 16, changed)

	means := good().Payment
	eachLeaf(reflect.ValueOf(&means).Elem(), "Means", func(name string, change func()) {
		before := means.Fingerprint()
		change()
		require.NotEqual(t, before, means.Fingerprint(), name)
	})
}

func TestTextThatMovesFromOneFieldToTheNextChangesTheFingerprint(t *testing.T) {
	t.Parallel()
	a, b := good(), good()
	a.ShipTo.Line1, a.ShipTo.Line2 = "ab", ""
	b.ShipTo.Line1, b.ShipTo.Line2 = "a", "b"
	require.NotEqual(t, a.Fingerprint(), b.Fingerprint())
}

// eachLeaf visits all texts and numbers of a value.
func eachLeaf(v reflect.Value, name string, visit func(name string, change func())) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			eachLeaf(v.Field(i), name+"."+v.Type().Field(i).Name, visit)
		}
	case reflect.Slice:
		eachLeaf(v.Index(0), name+"[0]", visit)
	case reflect.Pointer:
		eachLeaf(v.Elem(), name, visit)
	case reflect.String:
		visit(name, func() { v.SetString(v.String() + "x") })
	case reflect.Int64:
		visit(name, func() { v.SetInt(v.Int() + 1) })
	default:
		panic("eachLeaf does not know " + name)
	}
}
