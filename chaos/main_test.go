package chaos_test

import (
	"context"
	"flag"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// settings are this program's own flags. What is not asked for by them is a short run, as in make test.
type settings struct {
	duration time.Duration // of all rigs on all engines together, without what they need to begin and to end
	round    time.Duration // after which everything drains, is checked, and begins anew
	seed     int64
	engines  string
	rigs     string
}

var given settings //nolint:gochecknoglobals // go test parses flags for the whole process

func TestMain(m *testing.M) {
	flag.DurationVar(&given.duration, "duration", 40*time.Second, "faults, in all")
	flag.DurationVar(&given.round, "round", time.Minute, "faults between two checks")
	flag.Int64Var(&given.seed, "seed", time.Now().UnixNano()%1_000_000, "of the faults")
	flag.StringVar(&given.engines, "engines", "sqlite,mysql", "")
	flag.StringVar(&given.rigs, "rigs", "bus,shop,sick", "")
	flag.Parse()
	if err := given.check(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	folder, err := os.MkdirTemp("", "banyan-chaos-")
	if err != nil {
		panic(err)
	}
	built = folder
	code := m.Run()
	summary.print(os.Stdout)
	if err := os.RemoveAll(folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

// check refuses what would test nothing: a misspelt rig is skipped like one that was not asked for.
func (s settings) check() error {
	for list, known := range map[string]string{s.rigs: "bus,shop,sick,controls", s.engines: "sqlite,mysql"} {
		for name := range strings.SplitSeq(list, ",") {
			if !slices.Contains(strings.Split(known, ","), name) {
				return fmt.Errorf("%q is none of %s", name, known)
			}
		}
	}
	if s.duration <= 0 || s.round <= 0 || flag.NArg() > 0 {
		return fmt.Errorf("-duration and -round are positive, and there are no arguments: %v, %v, %v", s.duration, s.round, flag.Args())
	}
	return nil
}

// wants skips a rig or an engine that was not asked for.
func (s settings) wants(t *testing.T, rig, engine string) {
	t.Helper()
	if !slices.Contains(strings.Split(s.rigs, ","), rig) || !slices.Contains(strings.Split(s.engines, ","), engine) {
		t.Skipf("%s on %s was not asked for", rig, engine)
	}
}

// rounds shares the duration out: so many rounds for each rig on each engine, of such a length.
func (s settings) rounds() (n int, each time.Duration) {
	storms := strings.Count(s.rigs, "bus") + strings.Count(s.rigs, "shop")
	shares := max(1, storms*len(strings.Split(s.engines, ",")))
	share := s.duration / time.Duration(shares)
	n = max(1, int(share/s.round))
	return n, share / time.Duration(n)
}

// seedOf is the seed of one round: that of the run for the first, so that a failed round is repeated by
// giving its seed.
func (s settings) seedOf(round int) int64 { return s.seed + int64(round) }

var built string //nolint:gochecknoglobals // the folder of the programs that the tests of this process share

// program builds a package of the Go module in a folder, and answers the path of the binary. It is
// built without -race, which makes SQLite thirty times slower.
func program(t *testing.T, module, pkg string, flags ...string) string {
	t.Helper()
	h := fnv.New32a()
	_, _ = io.WriteString(h, strings.Join(append(flags, pkg), " "))
	path := filepath.Join(built, fmt.Sprintf("%s-%08x", filepath.Base(pkg), h.Sum32()))
	if _, err := os.Stat(path); err == nil {
		return path
	}
	arguments := slices.Concat([]string{"build", "-buildvcs=false", "-o", path}, flags, []string{pkg})
	build := exec.CommandContext(context.WithoutCancel(t.Context()), "go", arguments...)
	build.Dir = module
	text, err := build.CombinedOutput()
	require.NoError(t, err, string(text))
	return path
}
