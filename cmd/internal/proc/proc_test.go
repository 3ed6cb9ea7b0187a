package proc_test

import (
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/internal/proc"
)

func TestThisProcessCostsSomething(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("proc(5) is Linux's")
	}
	require.Positive(t, proc.Resident(os.Getpid()))
	require.Positive(t, proc.Peak(os.Getpid()))
	require.Zero(t, proc.Peak(-1))
}

func TestMemoryIsReadFromTheStatusOfTheProcess(t *testing.T) {
	t.Parallel()
	status := []byte("Name:\tbanyan\nVmPeak:\t 1000 kB\nVmHWM:\t     117 kB\nVmRSS:\t 90 kB\n")
	require.Equal(t, int64(117<<10), proc.MemoryIn(status, "VmHWM:"))
	require.Equal(t, int64(90<<10), proc.MemoryIn(status, "VmRSS:"))
	require.Zero(t, proc.MemoryIn([]byte("Name:\tbanyan\n"), "VmHWM:"))
}

func TestProcessorTimeIsReadPastAnyNameOfTheProcess(t *testing.T) {
	t.Parallel()
	require.Equal(t, 420*time.Millisecond, proc.SpentIn([]byte("77 (a ) 1 2) S 1 77 77 0 -1 4194560 1 2 3 4 30 12 0 0 20 0 9 0 1 2 3")))
	require.Zero(t, proc.SpentIn([]byte("77 (x) S 1")))
	require.Zero(t, proc.Spent(0))
}
