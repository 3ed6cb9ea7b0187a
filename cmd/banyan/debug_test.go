package main

import (
	"context"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestProfilesAreServedAtTheirOwnAddressAloneAndOnlyWhenAskedFor(t *testing.T) {
	t.Parallel()
	var config net.ListenConfig
	free, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := free.Addr().String()
	require.NoError(t, free.Close())

	s := open(t, "sqlite:"+t.TempDir(), "BANYAN_DEMO=off", "BANYAN_DEBUG_ADDR="+address)
	status, _ := s.get(t, "/debug/pprof/")
	require.Equal(t, http.StatusNotFound, status)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/debug/pprof/", nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)

	stop, err := serveProfiles(context.Background(), "")
	require.NoError(t, err)
	stop()
}
