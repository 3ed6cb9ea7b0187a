package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/banyan-commerce/banyan/cmd/internal/assembly"
	"github.com/banyan-commerce/banyan/platform/config"
	"github.com/banyan-commerce/banyan/platform/directory"
	"github.com/banyan-commerce/banyan/platform/directory/monitor"
)

// modules is the command that shows what modules there are.
type modules struct {
	operator

	live, mermaid, calibrate bool

	readiness string // the module whose report is wanted
}

func newModules(p *program) *cobra.Command {
	m := &modules{operator: operator{program: p}}
	cmd := &cobra.Command{
		Use:   "modules [NAME]",
		Short: "Show what modules there are, and what they have to do with each other",
		Long: "Show what modules there are: their contracts, calls, events, routes, tables and sizes. With NAME, one of them in full.\n" +
			"It needs no database and no settings; --live asks the running server (BANYAN_ADDR) what the last minute was like.\n" +
			"--readiness MODULE asks it whether that module can be taken out, and what it would cost.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return m.do(cmd, strings.Join(args, "")) },
	}
	cmd.Flags().BoolVar(&m.json, "json", false, "print JSON, for scripts")
	cmd.Flags().BoolVar(&m.mermaid, "mermaid", false, "print a drawing in Mermaid's language; with NAME, of it and its neighbours")
	cmd.Flags().BoolVar(&m.live, "live", false, "ask the running server, and show rates and sizes")
	cmd.Flags().StringVar(&m.readiness, "readiness", "", "ask the running server whether this module can be taken out, what that costs, and what must be decided first")
	cmd.Flags().BoolVar(&m.calibrate, "calibrate", false, "with --readiness: measure on this machine what leaving the process costs, for some seconds")
	cmd.MarkFlagsMutuallyExclusive("json", "mermaid")
	cmd.MarkFlagsMutuallyExclusive("live", "mermaid", "readiness")
	return cmd
}

func (m *modules) do(cmd *cobra.Command, name string) error {
	asked := cmd.Flags().Changed("readiness")
	switch {
	case asked && name != "":
		return fmt.Errorf("--readiness %s is of one module, and %s is another word: --readiness MODULE", m.readiness, name)
	case asked:
		return m.showReadiness(cmd.Context(), m.readiness)
	case m.calibrate:
		return errors.New("--calibrate is of a report: --readiness MODULE --calibrate")
	}
	return m.show(cmd.Context(), name)
}

// show prints all modules, or the one of a name if it is not empty.
func (m *modules) show(ctx context.Context, name string) error {
	d, err := m.directory(ctx)
	if err != nil {
		return err
	}
	one, known := d.Find(name)
	switch {
	case name != "" && !known:
		return unknownModule(name, d.Names())
	case m.mermaid && name != "":
		fmt.Fprint(m.stdout, d.MermaidOf(name))
	case m.mermaid:
		fmt.Fprint(m.stdout, d.Mermaid())
	case m.json && name != "":
		return m.print(one)
	case m.json:
		return m.print(d)
	case name != "":
		return m.showModule(one)
	case m.live:
		return m.showLive(d)
	default:
		return m.showModules(d)
	}
	return nil
}

func (m *modules) print(v any) error {
	out := json.NewEncoder(m.stdout)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(v)
}

func (m *modules) directory(ctx context.Context) (directory.Document, error) {
	if !m.live {
		return assembly.Directory()
	}
	var d directory.Document
	c, err := m.config()
	if err != nil {
		return d, err
	}
	answer, err := askRunning(ctx, c, monitor.Path)
	if err != nil {
		return d, err
	}
	err = json.Unmarshal(answer, &d)
	return d, err
}

// liveLimit is longer than a schema may take to tell its sizes.
const liveLimit = 10 * time.Second

// askRunning asks the running server for something as the operator.
func askRunning(ctx context.Context, c config.Config, path string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, liveLimit)
	defer cancel()
	to, err := lookForServer(ctx, c)
	if err != nil {
		return nil, err
	}
	return to.ask(ctx, http.MethodGet, path, nil)
}

// lookForServer finds the server before it asks for the operator's token, which makes one where there is
// none: a shop that never ran should stay untouched.
func lookForServer(ctx context.Context, c config.Config) (*desk, error) {
	host, err := serverHost(c.Addr)
	if err != nil {
		return nil, err
	}
	stranger := desk{server: server{base: "http://" + host}, via: http.DefaultTransport}
	if _, err := stranger.ask(ctx, http.MethodGet, "/healthz", nil); err != nil {
		return nil, fmt.Errorf("no server answers at %s (is BANYAN_ADDR its address?); without --live or --readiness none is needed: %w", host, err)
	}
	found, err := runningServer(c)
	return &desk{server: found, via: http.DefaultTransport}, err
}
