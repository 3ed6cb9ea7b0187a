package rehearsal_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
)

// settings are this program's own flags. What is not asked for by them is the short form, as in make test.
type settings struct {
	long    bool
	hold    time.Duration // at each station of the road
	away    time.Duration // of a process that is killed and stays away
	modules string
	plant   string // a bug

	cost    bool
	seconds time.Duration // of each turn of a stage
	rounds  int
}

var given settings //nolint:gochecknoglobals // go test parses flags for the whole process

func TestMain(m *testing.M) {
	flag.BoolVar(&given.long, "long", false, "minutes at each stage, and each module in turn")
	flag.DurationVar(&given.hold, "hold", 0, "how long load runs at each station (short form: 400ms)")
	flag.DurationVar(&given.away, "away", 0, "how long a process stays away that is killed for long (short form: 10s)")
	flag.StringVar(&given.modules, "modules", "", "the modules that go, one after the other (short form: payment)")
	flag.StringVar(&given.plant, "plant", "", "a bug that is put into the shop; the rehearsal must fail")
	flag.BoolVar(&given.cost, "cost", false, "measure what each stage costs")
	flag.DurationVar(&given.seconds, "turn", 6*time.Second, "with -cost: of each stage in each round")
	flag.IntVar(&given.rounds, "rounds", 5, "with -cost")
	flag.Parse()
	if err := given.complete(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	code := shoptest.RunTests(m)
	if err := built.remove(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

// complete fills in what was not said, and refuses what would rehearse nothing.
func (s *settings) complete() error {
	hold, away, modules := 400*time.Millisecond, 10*time.Second, "payment"
	if s.long {
		hold, away, modules = 20*time.Second, time.Minute, "payment,shipping,order,catalog"
	}
	if s.hold == 0 {
		s.hold = hold
	}
	if s.away == 0 {
		s.away = away
	}
	if s.modules == "" {
		s.modules = modules
	}
	for _, name := range s.names() {
		if !isModule(name) {
			return fmt.Errorf("-modules: there is no module %q; there are %s", name, strings.Join(shoptest.Modules(), ", "))
		}
	}
	if s.hold < 0 || s.away < 0 || s.rounds < 1 || s.seconds < time.Second || flag.NArg() > 0 {
		return fmt.Errorf("-hold, -away and -rounds are positive, -turn is a second or more, and there are no arguments: %s, %s, %d, %s, %v",
			s.hold, s.away, s.rounds, s.seconds, flag.Args())
	}
	return isBug(s.plant)
}

func (s *settings) names() []string { return strings.Split(s.modules, ",") }

func isModule(name string) bool {
	for _, known := range shoptest.Modules() {
		if name == known {
			return true
		}
	}
	return false
}
