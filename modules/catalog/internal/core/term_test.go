package core_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/catalog/internal/core"
)

func TestWordsAreFolded(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"Garlic Oil - Vegetarian 500 mg": {"garlic", "oil", "vegetarian", "500", "mg"},
		"Café CRÈME":                     {"cafe", "creme"},
		"Women's women’s":                {"womens", "womens"},
		"녹차, 100g":                       {"녹차", "100g"},
		"ﬁne ½":                          {"fine", "1", "2"},
		"!?":                             {},
		strings.Repeat("ä", 50):          {strings.Repeat("a", 40)},
	} {
		require.Equal(t, want, core.Words(text), text)
	}
}

func TestAQueryAsksForItsLongestWordsFirstAndOnce(t *testing.T) {
	t.Parallel()
	require.Equal(t, []core.Range{
		{From: "w:garlic", To: "w:garlic\U0010ffff"}, {From: "w:oil", To: "w:oil\U0010ffff"}, {From: "w:a", To: "w:a"},
	}, core.QueryRanges("a oil Garlic oil"))
	require.Len(t, core.QueryRanges(strings.Repeat("abcdefghij klm nop qrs tuv ", 5)), 5)
	require.Len(t, core.QueryRanges("one two three four five six seven eight nine ten"), 8)
}

func TestACategoryIsItsPath(t *testing.T) {
	t.Parallel()
	lineage := core.Lineage([]string{"Coffee", "Beans"})
	require.Equal(t, lineage[0].ID, lineage[1].Parent)
	require.True(t, lineage[0].Parent.IsZero())
	require.Equal(t, core.CategoryID([]string{"Coffee", "Beans"}), lineage[1].ID)
	require.NotEqual(t, core.CategoryID([]string{"Beans"}), lineage[1].ID)
	require.Equal(t, byte('8'), lineage[1].ID.String()[14], "the version of the UUID")
}
