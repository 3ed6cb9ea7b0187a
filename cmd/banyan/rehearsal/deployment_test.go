package rehearsal_test

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
)

// deployment is the processes of a shop, each under a supervisor, as the page starts and stops them.
type deployment struct {
	folder   string
	program  string            // the folder that has banyan
	module   string            // that is taken out
	values   map[string]string // of the page's first settings
	settings []string          // blocks, in order
	provider *shoptest.Provider

	mu        sync.Mutex
	processes map[string]*process
}

// process is one name of the page, whatever runs under it.
type process struct {
	instance *shoptest.Instance // nil while it is stopped
	hosts    bool               // the module that is taken out
	away     []span
}

// span is when a process did not serve, and no other did its work.
type span struct {
	from, to time.Time // to is zero while it lasts
}

// newDeployment prepares one; nothing runs yet.
func newDeployment(t *testing.T, module string, values map[string]string) *deployment {
	t.Helper()
	d := &deployment{folder: t.TempDir(), module: module, processes: map[string]*process{}, provider: shoptest.NewProvider(t)}
	d.values = maps.Clone(values)
	d.program = program(t)
	return d
}

// shell runs text as the page's reader does, with all settings so far before it.
func (d *deployment) shell(t *testing.T, text string) *exec.Cmd {
	t.Helper()
	return d.bash(t, d.withSettings(text))
}

func (d *deployment) withSettings(text string) string {
	return strings.Join(append(slices.Clone(d.settings), text), "\n")
}

func (d *deployment) bash(t *testing.T, whole string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", whole)
	c.Dir = d.folder
	c.Env = append(toolchain(),
		"PATH="+d.program+":"+os.Getenv("PATH"), "HOME="+d.folder,
		"BANYAN_DEMO=off", "BANYAN_LOG=warn", shoptest.ProviderVariable+"="+d.provider.URL,
	)
	return c
}

// toolchain is where the go command finds what it has, for blocks that need it: they have another home.
func toolchain() (variables []string) {
	for _, line := range os.Environ() {
		if strings.HasPrefix(line, "GO") {
			variables = append(variables, line)
		}
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return variables
	}
	return append([]string{"GOCACHE=" + filepath.Join(home, ".cache", "go-build"), "GOPATH=" + filepath.Join(home, "go")}, variables...)
}

var assignment = regexp.MustCompile(`(?m)^export ([A-Z_]+)=('[^']*'|[^\s$]+)(?: |$)`)

// set puts a block of settings before all that follow. In the first one, values are replaced by those of this
// rehearsal, by name; both must know the same names. That is the one change to the page's text.
func (d *deployment) set(t *testing.T, text string) {
	t.Helper()
	if len(d.settings) > 0 {
		d.settings = append(d.settings, text)
		return
	}
	var names []string
	text = assignment.ReplaceAllStringFunc(text, func(line string) string {
		name := assignment.FindStringSubmatch(line)[1]
		names = append(names, name)
		return "export " + name + "='" + d.values[name] + "' "
	})
	require.ElementsMatch(t, slices.Collect(maps.Keys(d.values)), names, "the page's first settings and the rehearsal's")
	d.settings = []string{text}
}

// start starts a process in the place of the one with its name, which it asks to end.
func (d *deployment) start(t *testing.T, name, text string) {
	t.Helper()
	_, text, _ = strings.Cut(text, "\n")
	whole := d.withSettings("exec env " + text) // it keeps them, however often it is started again
	d.stop(t, name)
	sign := "listens on"
	if strings.Contains(text, "banyan broker") {
		sign = "BANYAN_BROKER="
	}
	said := func(line string) {
		if strings.Contains(line, sign) {
			d.serves(name)
		}
	}
	d.mu.Lock()
	p := d.processes[name]
	p.hosts = !strings.Contains(text, "--modules") || strings.Contains(text, "--modules=$MODULE")
	d.mu.Unlock()
	instance := shoptest.Supervise(t, []string{sign}, func() *exec.Cmd { return d.bash(t, whole) }, said)
	d.mu.Lock()
	p.instance = instance
	d.mu.Unlock()
}

// stop asks a process to end, as a supervisor does, and waits. From then on it is away.
func (d *deployment) stop(t *testing.T, name string) {
	t.Helper()
	d.leaves(name)
	d.mu.Lock()
	p := d.processes[name]
	instance := p.instance
	p.instance = nil
	d.mu.Unlock()
	if instance == nil {
		return
	}
	require.Zero(t, instance.End(t), "%s ends well when it is asked to:\n%s", name, instance.Log())
	require.Empty(t, instance.Panicked(), name)
	if name == "trunk" { // the branch may have waited for a file that the trunk had
		require.Zero(t, instance.Deaths(), "the trunk died of its own accord:\n%s", instance.Log())
	}
}

// kill is kill -9; the supervisor starts the process again at once.
func (d *deployment) kill(t *testing.T, name string) {
	t.Helper()
	d.leaves(name)
	require.True(t, d.instance(name).Kill(), "%s does not run", name)
}

// killFor is kill -9, and nobody starts the process again until up.
func (d *deployment) killFor(t *testing.T, name string) (up func()) {
	t.Helper()
	d.leaves(name)
	return d.instance(name).KeepDown()
}

func (d *deployment) instance(name string) *shoptest.Instance {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.processes[name].instance
}

// leaves notes that a process does not serve from now on. Nobody feels it of a branch whose module the trunk hosts, too.
func (d *deployment) leaves(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.processes[name]
	if p == nil {
		p = &process{}
		d.processes[name] = p
	}
	if trunk := d.processes["trunk"]; name == "branch" && trunk.isUp() && trunk.hosts {
		return
	}
	p.leave()
}

func (d *deployment) serves(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.processes[name].arrive()
	branch := d.processes["branch"]
	switch {
	case name != "trunk" || branch == nil:
	case d.processes[name].hosts:
		branch.arrive()
	case branch.instance == nil || !branch.instance.Serves():
		branch.leave()
	}
}

func (p *process) isUp() bool {
	return p != nil && len(p.away) > 0 && !p.away[len(p.away)-1].to.IsZero()
}

func (p *process) leave() {
	if n := len(p.away); n == 0 || !p.away[n-1].to.IsZero() {
		p.away = append(p.away, span{from: time.Now()})
	}
}

func (p *process) arrive() {
	if n := len(p.away); n > 0 && p.away[n-1].to.IsZero() {
		p.away[n-1].to = time.Now()
	}
}

// running are the names of the processes that are not stopped, sorted.
func (d *deployment) running() (names []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for name, p := range d.processes {
		if p.instance != nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// awaitAll waits until all processes serve that are started.
func (d *deployment) awaitAll(t *testing.T) {
	t.Helper()
	for name, p := range d.processes {
		if p.instance != nil {
			require.Eventually(t, p.instance.Serves, time.Minute, shoptest.Soon, "%s does not serve:\n%s", name, p.instance.Log())
		}
	}
}

// wasAway says whether a process was away, at any moment between two.
func (d *deployment) wasAway(name string, from, to time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.processes[name]
	return p != nil && slices.ContainsFunc(p.away, func(s span) bool {
		return from.Before(orNever(s.to)) && to.After(s.from)
	})
}

func orNever(t time.Time) time.Time {
	if t.IsZero() {
		return time.Now().Add(time.Hour)
	}
	return t
}
