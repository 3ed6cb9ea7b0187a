package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/banyan-commerce/banyan/cmd/internal/drive"
	"github.com/banyan-commerce/banyan/cmd/internal/sample"
)

// Report is a whole run.
type Report struct {
	Date    time.Time     `json:"date"`
	Machine Machine       `json:"machine"`
	Length  time.Duration `json:"phase_ns"`
	Results []Result      `json:"results"`
}

// Machine is where it ran.
type Machine struct {
	CPU   string `json:"cpu"`
	Cores int    `json:"cores"`
	OS    string `json:"os"`
	Go    string `json:"go"`
}

func thisMachine() Machine {
	return Machine{CPU: processor(), Cores: runtime.NumCPU(), OS: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version()}
}

// processor is the model's name as Linux tells it; elsewhere the architecture stands for it.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(text)) {
		if name, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// median is the middle of a figure over the rounds.
func (r Result) median(figure func(Round) float64) float64 {
	var all []float64
	for _, round := range r.Rounds {
		all = append(all, figure(round))
	}
	return sample.Median(all)
}

func (r Result) bare() float64 { return r.median(func(x Round) float64 { return x.Bare }) }
func (r Result) path() float64 { return r.median(func(x Round) float64 { return x.Path }) }
func (r Result) placed() float64 {
	return r.median(func(x Round) float64 { return x.Shop.Placed.Rate })
}

func (r Result) settled() float64 { return r.median(func(x Round) float64 { return x.Shop.Settled }) }

func (r Result) statements() float64 {
	return r.median(func(x Round) float64 { return x.Shop.PerRow.Statements })
}

func (r Result) commits() float64 {
	return r.median(func(x Round) float64 { return x.Shop.PerRow.Commits })
}

// waits are the medians of the rounds' quantiles.
func (r Result) waits(of func(Round) drive.Reading) string {
	p50 := r.median(func(x Round) float64 { return float64(of(x).P50) })
	p99 := r.median(func(x Round) float64 { return float64(of(x).P99) })
	return sample.Short(time.Duration(p50)) + ", " + sample.Short(time.Duration(p99))
}

func (r Result) p50() time.Duration {
	return time.Duration(r.median(func(x Round) float64 { return float64(x.Shop.Placed.P50) }))
}

func (r Result) p99() time.Duration {
	return time.Duration(r.median(func(x Round) float64 { return float64(x.Shop.Placed.P99) }))
}

// Of the rounds' medians, not the median of the rounds' shares: settled and floor are both in the table.
func (r Result) ofBare() float64 { return sample.Per(r.settled(), r.bare()) }
func (r Result) ofPath() float64 { return sample.Per(r.settled(), r.path()) }

func (r Result) rival() float64   { return r.median(func(x Round) float64 { return x.Rival.Settled }) }
func (r Result) ofRival() float64 { return sample.Per(r.settled(), r.rival()) }

// goal is one promise and what became of it.
type goal struct {
	name, want, got string
	met             bool
}

const (
	leastOfPath       = 0.7
	leastOfRival      = 2
	mostPlacing       = 12
	mostPlacingCommit = 2
	mostSettled       = 15
	mostMemory        = 150 << 20
	mostStartup       = time.Second
)

func (r Result) goals() []goal {
	goals := []goal{
		{"settled / path floor", fmt.Sprintf(">= %.2f", leastOfPath), fmt.Sprintf("%.2f", r.ofPath()), r.ofPath() >= leastOfPath},
		{"statements to place", fmt.Sprintf("<= %d", mostPlacing), fmt.Sprint(r.Placing.Statements), r.Placing.Statements <= mostPlacing},
		{"commits to place", fmt.Sprintf("<= %d", mostPlacingCommit), fmt.Sprint(r.Placing.Commits), r.Placing.Commits <= mostPlacingCommit},
		{"statements to settle", fmt.Sprintf("<= %d", mostSettled), fmt.Sprintf("%.1f", r.statements()), r.statements() <= mostSettled},
		{"peak memory", "<= 150 MB", megabytes(r.Memory), r.Memory <= mostMemory && r.Memory > 0},
		{"ready", "<= 1 s", sample.Short(r.Startup), r.Startup <= mostStartup},
	}
	if r.Against != "" {
		name := "settled / settled by " + r.Against
		goals = append(goals, goal{name, fmt.Sprintf(">= %d", leastOfRival), fmt.Sprintf("%.2f", r.ofRival()), r.ofRival() >= leastOfRival})
	}
	return goals
}

func (r Report) missed() int {
	n := 0
	for _, result := range r.Results {
		for _, g := range result.goals() {
			if !g.met {
				n++
			}
		}
	}
	return n
}

func (r Report) write(out io.Writer) {
	fmt.Fprintf(out, "\n%s, %s, %d cores, %s, %s; phases of %s\n", r.Date.Format(time.RFC3339), r.Machine.CPU, r.Machine.Cores,
		r.Machine.OS, r.Machine.Go, r.Length)
	for _, x := range r.Results {
		fmt.Fprintf(out, "%s: %d products, %d clients, medians of %d rounds; %s\n", x.Engine, x.Products, x.Clients, len(x.Rounds), strings.Join(x.Settings, "; "))
	}
	fmt.Fprintln(out)
	r.writeTable(out)
	fmt.Fprintln(out)
	r.writeGoals(out)
}

// row is one line of the table: what it is, and each engine's figure.
type row struct {
	name   string
	figure func(Result) string
}

func rows() []row {
	return []row{
		{"product reads/s (p50, p99)", func(r Result) string { return r.Reads.String() }},
		{"search/s (p50, p99)", func(r Result) string { return r.Search.String() }},
		{"orders placed/s (p50, p99)", func(r Result) string {
			return drive.Reading{Rate: r.placed(), P50: r.p50(), P99: r.p99()}.String()
		}},
		{"orders settled/s", func(r Result) string { return fmt.Sprintf("%.0f", r.settled()) }},
		{"place -> confirmed, 2 clients (p50, p99)", func(r Result) string {
			return r.waits(func(x Round) drive.Reading { return x.Confirm })
		}},
		{"place -> confirmed while shipping hangs (p50, p99)", func(r Result) string {
			return r.waits(func(x Round) drive.Reading { return x.Hanging.Confirm })
		}},
		{"statements, commits to place", func(r Result) string { return fmt.Sprintf("%d, %d", r.Placing.Statements, r.Placing.Commits) }},
		{"statements, commits to settle (under load)", func(r Result) string { return fmt.Sprintf("%.1f, %.2f", r.statements(), r.commits()) }},
		{"statements, transactions of the path alone", func(r Result) string { return fmt.Sprintf("%d, %d", r.Whole.Statements, r.Whole.Commits) }},
		{"bare floor, transactions/s", func(r Result) string { return fmt.Sprintf("%.0f", r.bare()) }},
		{"path floor, orders/s", func(r Result) string { return fmt.Sprintf("%.0f", r.path()) }},
		{"settled / bare floor", func(r Result) string { return fmt.Sprintf("%.2f", r.ofBare()) }},
		{"settled / path floor", func(r Result) string { return fmt.Sprintf("%.2f", r.ofPath()) }},
		{"settled/s by the revision compared with", func(r Result) string {
			if r.Against == "" {
				return "(none)"
			}
			return fmt.Sprintf("%.0f: it has %.2f of it", r.rival(), r.ofRival())
		}},
		{"peak memory of the server", func(r Result) string { return megabytes(r.Memory) }},
		{"ready after", func(r Result) string { return sample.Short(r.Startup) }},
		{"import, rows/s", func(r Result) string { return fmt.Sprintf("%.0f", r.Import) }},
		{"orders audited, lost", func(r Result) string { return fmt.Sprintf("%d, 0", r.Audited) }},
	}
}

func (r Report) writeTable(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "|")
	for _, x := range r.Results {
		fmt.Fprintf(w, "\t| %s", x.Engine)
	}
	fmt.Fprint(w, "\t|\n|---"+strings.Repeat("\t|---", len(r.Results))+"\t|\n")
	for _, line := range rows() {
		fmt.Fprintf(w, "| %s", line.name)
		for _, x := range r.Results {
			fmt.Fprintf(w, "\t| %s", line.figure(x))
		}
		fmt.Fprint(w, "\t|\n")
	}
	_ = w.Flush() // printing to a terminal
}

func (r Report) writeGoals(out io.Writer) {
	for _, x := range r.Results {
		for _, g := range x.goals() {
			verdict := "met"
			if !g.met {
				verdict = "MISSED"
			}
			fmt.Fprintf(out, "%-7s %s: %s %s, is %s\n", verdict, x.Engine, g.name, g.want, g.got)
		}
	}
}

func megabytes(bytes int64) string {
	if bytes == 0 {
		return "unknown"
	}
	return fmt.Sprintf("%.0f MB", float64(bytes)/(1<<20))
}
