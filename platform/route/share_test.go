package route_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/banyan-commerce/banyan/platform/route"
)

func TestALargerShareHasAllKeysOfASmallerOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		module, key := rapid.String().Draw(r, "module"), rapid.String().Draw(r, "key")
		less := rapid.IntRange(0, 100).Draw(r, "less")
		more := rapid.IntRange(less, 100).Draw(r, "more")
		if route.Goes(module, key, less) {
			require.True(r, route.Goes(module, key, more))
			require.True(r, route.Goes(module, key, less), "the same key goes the same way")
		}
		require.False(r, route.Goes(module, key, 0))
		require.True(r, route.Goes(module, key, 100))
	})
}

func TestAShareHasItsPartOfTheKeys(t *testing.T) {
	t.Parallel()
	const keys = 20_000
	for _, percent := range []int{0, 1, 5, 25, 50, 100} {
		away, both := 0, 0
		for i := range keys {
			key := fmt.Sprintf("01a1f876-af43-746d-b870-%012d", i)
			if route.Goes("payment", key, percent) {
				away++
				if route.Goes("order", key, percent) {
					both++
				}
			}
		}
		require.InDelta(t, percent, 100*float64(away)/keys, 1, "of %d %%", percent)
		if percent > 0 && percent < 100 {
			require.Less(t, both, away, "modules have keys of their own")
		}
	}
}

// Two versions of the program that share a shop must agree; these are places 8158, 421 and 1873 as sha256sum
// has them: the first 8 bytes for payment, a zero byte and the key, modulo 10,000.
func TestTheShareOfAKeyNeverChanges(t *testing.T) {
	t.Parallel()
	for key, percent := range map[string]int{"a": 82, "b": 5, "c": 19} {
		require.Equal(t, percent, firstShare("payment", key), key)
	}
}

func firstShare(module, key string) int {
	for percent := range 101 {
		if route.Goes(module, key, percent) {
			return percent
		}
	}
	return -1
}

func TestARequestSticksByWhatItIsAbout(t *testing.T) {
	t.Parallel()
	request := func(header ...string) *http.Request {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/orders", nil)
		for i := 0; i < len(header); i += 2 {
			r.Header.Add(header[i], header[i+1])
		}
		return r
	}
	all := []string{"Idempotency-Key", "k1", "Authorization", "Bearer t1", "X-Forwarded-For", "10.1.1.1, 10.2.2.2"}
	require.Equal(t, "01a1", route.Key("01a1", request(all...)))
	require.Equal(t, "k1", route.Key("", request(all...)))
	require.Equal(t, "Bearer t1", route.Key("", request(all[2:]...)))
	require.Equal(t, "10.2.2.2", route.Key("", request(all[4:]...)), "what the nearest proxy has told")
	require.Equal(t, "192.0.2.1", route.Key("", request()), "without the port, which changes")
}
