package id_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/id"
)

func TestAnIDHasTheLayoutOfRFC9562Version7(t *testing.T) {
	t.Parallel()
	// The example of RFC 9562, appendix A.6: 2022-02-22 14:22:22.00 -05:00 is 0x017F22E279B0 ms.
	at := time.Date(2022, 2, 22, 14, 22, 22, 0, time.FixedZone("", -5*3600))
	u := id.At(at)
	require.Equal(t, "017f22e2-79b0-7000", u.String()[:18])
	for range 200 {
		u = id.New()
		require.Equal(t, byte(7), u[6]>>4, "version")
		require.Equal(t, byte(0b10), u[8]>>6, "variant")
	}
	// Method 3 of section 6.2: the 12 bits behind the version are the fraction of the millisecond.
	require.Equal(t, "017f22e2-79b0-7800", id.At(at.Add(500 * time.Microsecond)).String()[:18])
	require.Equal(t, "017f22e2-79b0-7fff", id.At(at.Add(999_999 * time.Nanosecond)).String()[:18])
	require.Equal(t, "017f22e2-79b1-7000", id.At(at.Add(time.Millisecond)).String()[:18])
}

func TestIDsAreOrderedByTime(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var made []string
	for range 5000 {
		made = append(made, id.At(at).String())
		at = at.Add(245 * time.Nanosecond) // 1/4096 of a millisecond is 244.1 ns
	}
	require.True(t, slices.IsSorted(made))
	require.Len(t, slices.Compact(made), 5000)
}

func TestIDsOfOneMomentDiffer(t *testing.T) {
	t.Parallel()
	at := time.Unix(0, 0)
	seen := make(map[id.UUID]bool)
	for range 1000 {
		seen[id.At(at)] = true
	}
	require.Len(t, seen, 1000)
}

func TestFloorIsBelowEveryIDOfItsMillisecondAndAboveAllBefore(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for range 200 {
		require.LessOrEqual(t, id.Floor(at).String(), id.At(at).String())
		require.Less(t, id.At(at.Add(-time.Nanosecond)).String(), id.Floor(at).String())
	}
}

func TestAnIDIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	type key struct{ id.UUID }
	u := id.New()
	parsed, err := id.Parse(u.String())
	require.NoError(t, err)
	require.Equal(t, u, parsed)
	parsed, err = id.Parse(strings.ToUpper(u.String()))
	require.NoError(t, err)
	require.Equal(t, u, parsed)

	body, err := json.Marshal(map[string]key{"id": {u}})
	require.NoError(t, err)
	require.JSONEq(t, `{"id":"`+u.String()+`"}`, string(body))
	var read map[string]key
	require.NoError(t, json.Unmarshal(body, &read))
	require.Equal(t, u, read["id"].UUID)

	stored, err := key{u}.Value()
	require.NoError(t, err)
	var back key
	require.NoError(t, back.Scan(stored))
	require.Equal(t, u, back.UUID)
}

func TestTheZeroIDIsNull(t *testing.T) {
	t.Parallel()
	var zero id.UUID
	require.True(t, zero.IsZero())
	stored, err := zero.Value()
	require.NoError(t, err)
	require.Nil(t, stored)
	u := id.New()
	require.NoError(t, u.Scan(nil))
	require.True(t, u.IsZero())
}

func TestWhatIsNoIDIsRefused(t *testing.T) {
	t.Parallel()
	good := id.New().String()
	for _, text := range []string{
		"", "x", good[:35], good + "0", strings.ReplaceAll(good, "-", ""), "{" + good[1:35] + "}",
		good[:35] + "g", strings.Replace(good, "-", "_", 1), good[:9] + "-" + good[10:], strings.Repeat("-", 36),
	} {
		u, err := id.Parse(text)
		require.ErrorIs(t, err, id.ErrMalformed, text)
		require.True(t, u.IsZero())
		require.Error(t, json.Unmarshal([]byte(`"`+text+`"`), &u))
	}
	var u id.UUID
	require.ErrorIs(t, u.Scan([]byte("short")), id.ErrMalformed)
	require.ErrorIs(t, u.Scan("text"), id.ErrMalformed)
}

func FuzzParse(f *testing.F) {
	f.Add(id.New().String())
	f.Add("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
	f.Fuzz(func(t *testing.T, text string) {
		u, err := id.Parse(text)
		if err == nil && u.String() != strings.ToLower(text) {
			t.Fatalf("%q was read as %s", text, u)
		}
	})
}

func TestAnIDSaysWhenItWasMadeUnlessItIsOfAnotherVersion(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 9, 30, 0, 123456789, time.UTC)
	made, known := id.At(at).Time()
	require.True(t, known)
	require.WithinDuration(t, at, made, 250*time.Nanosecond)
	_, known = id.UUID{1, 2, 3, 4, 5, 6, 0x40}.Time()
	require.False(t, known)
}
