package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A control whose text has gone from the code plants nothing. This says so in a moment; make controls
// would say it after minutes.
func TestEachBugFindsItsPlaceInTheCode(t *testing.T) {
	t.Parallel()
	w := workshop{root: "../.."}
	for _, b := range bugs() {
		_, err := w.overlay(t.TempDir(), b.edits)
		require.NoError(t, err, b.name)
	}
}
