package archtest_test

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/archtest"
)

// What tests alone import goes into no program, until a program imports it.
func TestStateIsForbiddenInWhatAProgramTakesAlong(t *testing.T) {
	t.Parallel()
	state := &fstest.MapFile{Data: []byte("package fakes\n\nvar kept []string\n")}
	imports := func(clause, folder string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("package " + clause + "\n\nimport _ \"example.com/shop/" + folder + "\"\n")}
	}
	for name, c := range map[string]struct {
		files fstest.MapFS
		kept  int
	}{
		"a command":                 {fstest.MapFS{"cmd/shop/main.go": {Data: []byte("package main\n\nvar kept []string\n")}}, 1},
		"a module":                  {fstest.MapFS{"modules/order/internal/fakes/fakes.go": state}, 1},
		"a module's test":           {fstest.MapFS{"modules/order/internal/fakes/fakes.go": state, "modules/order/order_test.go": imports("order_test", "modules/order/internal/fakes")}, 0},
		"a module's code":           {fstest.MapFS{"modules/order/internal/fakes/fakes.go": state, "modules/order/internal/app/app.go": imports("app", "modules/order/internal/fakes")}, 1},
		"a platform for tests":      {fstest.MapFS{"platform/fakes/fakes.go": state, "modules/order/order_test.go": imports("order_test", "platform/fakes")}, 0},
		"a platform for a program":  {fstest.MapFS{"platform/fakes/fakes.go": state, "cmd/shop/main_windows.go": imports("main", "platform/fakes")}, 1},
		"a platform for a rig":      {fstest.MapFS{"platform/fakes/fakes.go": state, "rig/go.mod": {Data: []byte("module example.com/shop/rig\n")}, "rig/rig.go": imports("main", "platform/fakes")}, 1},
		"a platform behind another": {fstest.MapFS{"platform/fakes/fakes.go": state, "platform/sqldb/sqldb.go": imports("sqldb", "platform/fakes"), "modules/order/internal/store/store.go": imports("store", "platform/sqldb")}, 1},
	} {
		require.Len(t, archtest.Globals(shop(t, c.files)), c.kept, name)
	}
}
