package path

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/id"
)

// compose makes the fresh form of a text that differed between two orders.
func compose(t *testing.T, texts ...string) []string {
	t.Helper()
	c := compiler{known: map[string]int{}, path: &Path{}}
	var slots []int
	for _, text := range texts {
		slots = append(slots, c.slot("another", text))
	}
	all := c.path.fresh(nil)
	var made []string
	for _, slot := range slots {
		made = append(made, all[slot].(string))
	}
	return made
}

func TestAFreshTextHasTheShapeOfTheRecordedOne(t *testing.T) {
	t.Parallel()
	for recorded, shape := range map[string]string{
		"7K3M9QXA":                                       `^[0-9A-HJKMNP-TV-Z]{8}$`,
		"00ff00ff00ff00ff00ff00ff00ff00ff":               `^[0-9a-f]{32}$`,
		"kim-4021@example.com":                           `^[a-z]{3}-[0-9]{4}@[a-z]{7}\.[a-z]{3}$`,
		"0199f1a5-7a0c-7d3e-9a51-5d7c3f3a2b10":           `^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`,
		"capture:0199f1a5-7a0c-7d3e-9a51-5d7c3f3a2b10:1": `^capture:[0-9a-f]{8}-[0-9a-f-]{27}:1$`,
	} {
		made := compose(t, recorded)[0]
		require.Regexp(t, shape, made)
		require.NotEqual(t, recorded, made)
	}
}

func TestOneValueIsReplacedByOneValueEverywhere(t *testing.T) {
	t.Parallel()
	u := id.New()
	c := compiler{known: map[string]int{}, path: &Path{}}
	raw := c.slot([]byte("sixteen bytes ok"), u[:])
	text := c.slot("x", u.String())
	key := c.slot("x", "void:"+u.String())
	number := c.slot("x", "AB12")
	require.Equal(t, number, c.slot("x", "AB12"))
	all := c.path.fresh(nil)
	fresh := id.UUID(all[raw].([]byte))
	require.NotEqual(t, u, fresh)
	require.Equal(t, fresh.String(), all[text])
	require.Equal(t, "void:"+fresh.String(), all[key])
}

func TestEqualArgumentsTimesAndPayloadsStay(t *testing.T) {
	t.Parallel()
	c := compiler{known: map[string]int{}, path: &Path{}}
	require.Equal(t, fixed, c.slot("EUR", "EUR"))
	require.Equal(t, fixed, c.slot([]byte{1}, []byte{1}))
	require.Equal(t, fixed, c.slot(int64(1), int64(2)))
	require.Equal(t, fixed, c.slot([]byte(`{"a":1}`), []byte(`{"a":2}`)))
	require.Equal(t, fixed, c.slot(`{"a":1}`, `{"a":2}`))
	require.NotEqual(t, fixed, c.slot([]byte("thirty-two bytes are a fingerpri"), []byte("another fingerprint of 32 bytes.")))
}

func TestSKUsTakeTheRankOfThoseRecordedEvenWhereBothOrdersAgree(t *testing.T) {
	t.Parallel()
	c := compiler{known: map[string]int{}, path: &Path{}}
	require.NoError(t, c.addSKUs([]string{"a1", "a2"}, []string{"b1", "b2"}))
	first, second := c.slot("a1", "b1"), c.slot("a2", "b2")
	all := c.path.fresh([]string{"x", "y"})
	require.Equal(t, "x", all[first])
	require.Equal(t, "y", all[second])
	require.Error(t, c.addSKUs([]string{"a1", "a2"}, []string{"b2", "b1"}), "rows are locked in the order of their keys")
}
