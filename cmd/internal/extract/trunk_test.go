package extract_test

import (
	"flag"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
	"github.com/banyan-commerce/banyan/cmd/internal/extract"
	"github.com/banyan-commerce/banyan/migrations"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// The trunk itself. What is built here has one module path and one folder, whichever module it is of: the go
// command knows compiled packages by both, and compiles what the modules share once.
const newPath = "example.com/shop/part"

// whole asks for the long form: everything that CI of an extracted repository checks, for each module.
//
//nolint:gochecknoglobals // the testing package reads flags before a test could make one
var whole = flag.Bool("whole", false, "make check of an extracted repository, for each module")

func TestMain(m *testing.M) { os.Exit(shoptest.RunTests(m)) }

// repository is one that was extracted from this trunk, as it lies there.
type repository struct{ dir string }

func newRepository(t *testing.T) repository {
	t.Helper()
	return repository{filepath.Join(t.TempDir(), "part")}
}

// hold extracts a module in place of the one before it.
func (r repository) hold(t *testing.T, module, path string) {
	t.Helper()
	consultTrunk(t)
	require.NoError(t, os.RemoveAll(r.dir))
	require.NoError(t, extract.Run(t.Context(), extract.Options{
		Module: module, To: r.dir, From: shoptest.Root, Path: path, Dirty: true, Told: io.Discard,
	}))
}

// consultTrunk reads the folders from which is extracted: no import ties these tests to all of them, and the go
// command would answer from its cache after a change.
func consultTrunk(t *testing.T) {
	t.Helper()
	for _, folder := range []string{"cmd", "modules", "platform", "migrations", "tools", ".ci"} {
		_, err := os.Stat(filepath.Join(shoptest.Root, folder))
		require.NoError(t, err)
	}
}

// run runs a command there, as on a machine without the trunk: nothing of this run of tests is passed on.
func (r repository) run(t *testing.T, name string, args ...string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), name, args...)
	c.Dir = r.dir
	c.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "BANYAN_") || strings.HasPrefix(v, "CI=") || strings.HasPrefix(v, "GOFLAGS=")
	})
	c.Env = append(c.Env, "GOFLAGS=-buildvcs=false", "GOWORK=off", "GOPROXY=off")
	text, err := c.CombinedOutput()
	require.NoError(t, err, "%s %v\n%s", name, args, text)
}

// The one that leaves first is built and tested, and takes its place in a shop; the others are compiled, tests and
// all, and keep their boundaries.
func TestEachModuleOfTheTrunkComesApart(t *testing.T) {
	t.Parallel()
	if *whole {
		t.Skip("the long form does more")
	}
	const first = "payment"
	modules := slices.DeleteFunc(migrations.Modules(), func(name string) bool { return name == first })
	if testing.Short() {
		modules = nil
	}
	r := newRepository(t)
	for _, module := range append(modules, first) {
		r.hold(t, module, newPath)
		r.run(t, "go", "vet", "./...")
		r.run(t, "go", "test", "-run=Boundaries", ".")
		r.run(t, "go", "test", "-short", "./cmd/internal/...")
	}
	r.run(t, "go", "build", "-o", "bin/", "./cmd/...")
	r.run(t, "go", "test", "-short", "./modules/...")
	requireOrdersArePaid(t, shoptest.Apart{
		Modules: []string{first}, Programs: map[string]string{first: filepath.Join(r.dir, "bin", "banyan")},
	})
}

// requireOrdersArePaid places orders at the trunk, whose payment is another program's.
func requireOrdersArePaid(t *testing.T, as shoptest.Apart) {
	t.Helper()
	s := shoptest.OpenApart(t, dbtest.Only(t, sqldb.SQLite), as)
	pieces := map[string]int64{"TEA": 100}
	s.Offer(t, pieces)
	for _, token := range []string{"tok_ok", "tok_declined"} {
		p := shoptest.Buy("TEA", 1).By(token)
		o := s.Place(t, p)
		s.Eventually(t, o.ID, func(o shoptest.Order) bool { return len(o.Payments) == 1 })
		s.RequireSettledOnce(t, s.AwaitDrained(t), o.ID, p)
	}
	sent := s.Place(t, shoptest.Buy("TEA", 2))
	parcel := s.ShipmentOf(t, sent.ID)
	for _, kind := range []string{"packed", "shipped"} {
		require.Less(t, s.Move(t, parcel.ID, kind).Status, http.StatusMultipleChoices)
	}
	s.Eventually(t, sent.ID, func(o shoptest.Order) bool { return o.Payment == "captured" })
	s.RequireSound(t, pieces)
}

// The long form, on a machine with a C compiler and a server binary: go test ./cmd/internal/extract -args -whole
func TestTheChecksOfEachExtractedRepositoryPass(t *testing.T) {
	t.Parallel()
	if !*whole {
		t.Skip("it takes minutes for each module: -args -whole")
	}
	for _, module := range migrations.Modules() {
		t.Run(module, func(t *testing.T) {
			r := newRepository(t)
			r.hold(t, module, "")
			git(t, r.dir, "init", "-q")
			git(t, r.dir, "add", "-A")
			git(t, r.dir, "-c", "user.name=Kim", "-c", "user.email=kim@example.com", "commit", "-q", "-m", "Begin")
			r.run(t, "make", "check")
		})
	}
}
