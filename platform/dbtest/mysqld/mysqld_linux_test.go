package mysqld_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest/mysqld"
)

// TestMain lets this binary be the process that a test kills.
func TestMain(m *testing.M) {
	if os.Getenv("BANYAN_TEST_START_AND_HANG") == "" {
		os.Exit(m.Run())
	}
	server, err := mysqld.Start(context.Background(), mysqld.Options{})
	if err != nil {
		panic(err)
	}
	fmt.Println(server.PID())
	<-server.Done()
}

func TestAServerDiesWithItsStarterAndTheNextOneCleansUp(t *testing.T) {
	needBinary(t)
	t.Setenv("TMPDIR", shortFolder(t))
	starter := exec.CommandContext(t.Context(), os.Args[0])
	starter.Env = append(os.Environ(), "BANYAN_TEST_START_AND_HANG=1")
	output, err := starter.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, starter.Start())
	line, err := bufio.NewReader(output).ReadString('\n')
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	require.NoError(t, err)
	require.NoError(t, alive(pid))

	require.NoError(t, starter.Process.Kill())
	_ = starter.Wait()
	require.Eventually(t, func() bool { return ended(pid) }, 10*time.Second, 10*time.Millisecond)
	require.Len(t, entries(t, os.TempDir()), 1, "nobody was left to remove the folder")

	next, err := mysqld.Start(t.Context(), mysqld.Options{})
	require.NoError(t, err)
	require.Len(t, entries(t, os.TempDir()), 1, "the next server removes it")
	require.NoError(t, next.Stop())
	require.Empty(t, entries(t, os.TempDir()))
}

// ended also takes a zombie for dead: whether an orphan is reaped is its adopter's affair.
func ended(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	return strings.Contains(string(stat), ") Z ")
}
