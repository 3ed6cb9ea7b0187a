package archtest_test

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/archtest"
)

// The compiler refuses such types; until it is asked, the rules must come to an end.
func TestTypesThatAreMadeOfThemselvesEndNoRule(t *testing.T) {
	t.Parallel()
	tree := shop(t, fstest.MapFS{"modules/order/internal/app/loop.go": {Data: []byte(`package app

type (
	loop  interface{ loop }
	here  = there
	there = here
)

func find(v any) {
	_, _ = v.(loop)
	_, _ = v.(here)
}
`)}})
	found := archtest.Locators(tree)
	require.Len(t, found, 1)
	require.Contains(t, found[0].What, "asserts that a value is loop, which is an interface")
}
