package archtest_test

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/archtest"
)

func TestTheModuleIsReadAsTheGoCommandReadsIt(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"module example.com/shop",
		"// module example.com/other\n\tmodule   \"example.com/shop\" // module example.com/third\n",
		"go 1.26\nmodule (\n\t`example.com/shop`\n)\n",
	} {
		require.Equal(t, "example.com/shop", shop(t, fstest.MapFS{"go.mod": {Data: []byte(text)}}).Path, text)
	}
}

func TestOnlyANestedModuleReplacesTheRootAndByTheRootAlone(t *testing.T) {
	t.Parallel()
	for line, violations := range map[string]int{
		"replace example.com/shop => ..":                                    0,
		"replace example.com/shop => ../":                                   0,
		"replace example.com/shop v1.0.0 => ./..":                           0,
		"replace example.com/shop => ../../shop":                            1,
		"replace example.com/shop => example.com/fork v1.0.0":               1,
		"replace example.com/a => example.com/fork v1.0.0":                  0,
		"replace example.com/a => ..":                                       1,
		"replace example.com/a v1.0.0 => /srv/a":                            1,
		`replace example.com/a => .\a`:                                      1,
		`replace example.com/a => "C:\a"`:                                   1,
		"replace (\n\texample.com/shop => ../\n\texample.com/a => ./a\n)":   1,
		"// replace example.com/a => ./a":                                   0,
		"require example.com/a v1.0.0 // replace example.com/a => ../other": 0,
	} {
		files := fstest.MapFS{"rig/go.mod": {Data: []byte("module example.com/shop/rig\n" + line + "\n")}}
		require.Len(t, archtest.Backdoors(shop(t, files)), violations, line)
	}
	root := fstest.MapFS{"go.mod": {Data: []byte("module example.com/shop\nreplace example.com/shop => ../\n")}}
	require.Len(t, archtest.Backdoors(shop(t, root)), 1, "in its own go.mod")
}

func TestANestedModuleLiesAtTheTopAndIsNamedAsItsFolder(t *testing.T) {
	t.Parallel()
	for name, violations := range map[string]int{
		"rig": 0, "modules/order/rig": 1, "platform": 1, "cmd/rig": 1, "rig/testdata/deep": 0, "docs/rig": 1,
	} {
		text := "module example.com/shop/" + name + "\n"
		files := fstest.MapFS{name + "/go.mod": {Data: []byte(text)}, name + "/rig.go": {Data: []byte("package rig\n")}}
		require.Len(t, archtest.Analysed(shop(t, files)), violations, name)
	}
	for _, text := range []string{"", "module rig", "module example.com/shop", "module example.com/shop/modules/order"} {
		files := fstest.MapFS{"rig/go.mod": {Data: []byte(text)}}
		require.Len(t, archtest.Analysed(shop(t, files)), 1, text)
	}
}

// shop is a tree of one module and these files.
func shop(t *testing.T, files fstest.MapFS) *archtest.Tree {
	t.Helper()
	all := fstest.MapFS{
		"go.mod":                 {Data: []byte("module example.com/shop\n")},
		"modules/order/order.go": {Data: []byte("package order\n")},
	}
	for name, file := range files {
		all[name] = file
	}
	tree, err := archtest.LoadFS(all)
	require.NoError(t, err)
	return tree
}
