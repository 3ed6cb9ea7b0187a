package main

import (
	"bufio"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

func TestABrokerSaysWhereItIsAndStopsWhenToldTo(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, w := io.Pipe()
	status := make(chan int, 1)
	go func() {
		status <- run(ctx, []string{"broker"}, []string{"BANYAN_BROKER_ADDR=127.0.0.1:0", "BANYAN_BROKER_STORE=" + t.TempDir()}, w, io.Discard)
	}()
	line, err := bufio.NewReader(r).ReadString('\n')
	require.NoError(t, err)
	url, found := strings.CutPrefix(strings.TrimSpace(line), "BANYAN_BROKER=")
	require.True(t, found, line)
	nc, err := nats.Connect(url)
	require.NoError(t, err)
	nc.Close()
	cancel()
	require.Zero(t, <-status)
}

func TestABrokerForEverybodyIsRefused(t *testing.T) {
	t.Parallel()
	var stderr strings.Builder
	require.Equal(t, 1, run(t.Context(), []string{"broker"}, []string{"BANYAN_BROKER_ADDR=0.0.0.0:0", "BANYAN_BROKER_STORE=" + t.TempDir()}, io.Discard, &stderr))
	require.Contains(t, stderr.String(), "needs a token")
}
