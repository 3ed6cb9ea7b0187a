package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/move"
)

func TestMoveSaysWhatIsWrongWithItsCommandLine(t *testing.T) {
	t.Parallel()
	environ := []string{"BANYAN_DB=sqlite:" + t.TempDir()}
	code, _, errs := quickly(t, []string{"BANYAN_DB=sqlite:" + migratedFiles(t)}, "move", "--module", "payment", "--to", "mysql://u:hunter2@127.0.0.1:1/")
	require.Equal(t, 1, code)
	require.Contains(t, errs, "the target, mysql://127.0.0.1:1/?prefix=banyan_ (schema banyan_payment): dial tcp")
	require.NotContains(t, errs, "hunter2")
	for want, args := range map[string][]string{
		`required flag(s) "module"`:                         {},
		`there is no module "billing"; there are catalog`:   {"--module", "billing", "--to", "sqlite:x"},
		"--to: is needed":                                   {"--module", "payment"},
		"--to: database URL must be":                        {"--module", "payment", "--to", "postgres://u:hunter2@db/"},
		"there is no such schema":                           {"--module", "payment", "--to", "sqlite:" + t.TempDir()},
		"none of the others can be":                         {"--module", "payment", "--to", "sqlite:x", "--resume", "--abort"},
		"--target-is-lost goes with --abort":                {"--module", "payment", "--to", "sqlite:x", "--target-is-lost"},
		"names no user":                                     {"--module", "payment", "--to", "mysql://127.0.0.1:1/"},
		"source and target are the same place":              {"--module", "payment", "--back"},
		"move payment: there is no such schema: is the mod": {"--module", "payment", "--to", "sqlite:x", "--status"},
	} {
		code, _, errs := quickly(t, environ, append([]string{"move"}, args...)...)
		require.Equal(t, 1, code, args)
		require.Contains(t, errs, want)
		require.NotContains(t, errs, "hunter2")
	}
}

func migratedFiles(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	code, _, errs := quickly(t, []string{"BANYAN_DB=sqlite:" + dir}, "migrate")
	require.Zero(t, code, errs)
	return dir
}

func TestMoveTellsStatusAndWhatItDoes(t *testing.T) {
	t.Parallel()
	from, to := "sqlite:"+migratedFiles(t), "sqlite:"+t.TempDir()
	environ := []string{"BANYAN_DB=" + from}
	command := []string{"move", "--module", "payment", "--to", to}
	code, out, _ := quickly(t, environ, append(command, "--status")...)
	require.Zero(t, code)
	require.Contains(t, out, "is not there")
	code, out, errs := quickly(t, environ, command...)
	require.Zero(t, code, errs)
	require.Contains(t, out, "set BANYAN_DB_PAYMENT")
	for _, state := range []string{"planned: ", "fenced: ", "copied: ", "verified: ", "switched: ", "done: "} {
		require.Contains(t, errs, state)
	}
	require.NotContains(t, errs, "\r", "no terminal")
	code, out, _ = quickly(t, environ, append(command, "--status")...)
	require.Zero(t, code)
	require.Regexp(t, `source .*: moved, epoch 1; the other end is sqlite:`, out)
	require.Regexp(t, `target .*: home, epoch 1`, out)
	require.Regexp(t, `payment +verified +0 of 0 rows`, out)
	code, _, errs = quickly(t, environ, append(command, "--abort")...)
	require.Equal(t, 1, code)
	require.Contains(t, errs, "move back with --back")
	code, _, errs = quickly(t, environ, "events", "status")
	require.Equal(t, 1, code)
	require.Contains(t, errs, "payment was moved to")
}

func TestTheLineOfAMoveTellsRateAndTimeLeft(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	var out bytes.Buffer
	s := newMoveScreen(&out, func() time.Time { return now })
	s.progress(move.Progress{State: move.Fenced})
	now = now.Add(10 * time.Second)
	s.progress(move.Progress{State: move.Fenced, Table: "payment", Rows: 6000, Total: 11000, Fresh: 5000, FreshBytes: 2_000_000})
	require.Contains(t, out.String(), "payment: 6000 of 11000 rows, 500 rows/s, 0.2 MB/s, 10s left\n")
	now = now.Add(time.Second)
	s.progress(move.Progress{State: move.Fenced, Table: "payment", Rows: 7000, Total: 11000, Fresh: 6000})
	require.NotContains(t, out.String(), "7000", "not a line for each chunk")
}
