package remotetest_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/event/eventtest"
	"github.com/banyan-commerce/banyan/platform/remote"
	"github.com/banyan-commerce/banyan/platform/remote/remotetest"
)

type first struct{ Title string }

type grown struct {
	Title string
	Days  int
}

type shrunk struct{ Days int }

type retyped struct {
	Title int
	Days  int
}

func TestAFormMayGrowAndEachFormIsKept(t *testing.T) {
	t.Parallel()
	f := remotetest.Files{Dir: t.TempDir() + "/calls", Contract: remote.Contract{Module: "library", Version: 2}, Method: "Lend", Part: "request"}
	says := func(sample any, update bool) string {
		err := errors.Join(remotetest.Check(f, sample, update)...)
		if err == nil {
			return ""
		}
		return err.Error()
	}
	require.Contains(t, says(first{"Emma"}, false), "run the test of this package with -update")
	require.Empty(t, says(first{"Emma"}, true))
	require.Empty(t, says(first{"Emma"}, false))
	require.Empty(t, says(first{"Persuasion"}, true), "other values")
	require.Contains(t, says(grown{"Persuasion", 14}, false), "-update")
	require.Empty(t, says(grown{"Persuasion", 14}, true))
	require.Empty(t, says(grown{"Persuasion", 14}, false))
	forms, err := f.Read()
	require.NoError(t, err)
	require.Len(t, forms, 2)
	require.JSONEq(t, `{"Title": "Persuasion"}`, string(forms[0]))
	for _, bad := range []any{shrunk{14}, retyped{1, 14}, first{"Emma"}} {
		require.Contains(t, says(bad, true), "callers of this version are still there")
	}
	require.Contains(t, says(grown{Title: "Emma"}, true), "leaves Days empty")
	after, err := f.Read()
	require.NoError(t, err)
	require.Equal(t, forms, after)
	require.JSONEq(t, `{"Title": "Persuasion", "Days": 14, "OfTomorrow": {"a": [1]}}`, string(eventtest.Widened(forms[1])))
}
