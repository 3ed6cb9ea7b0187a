package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
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

	live, mermaid bool
}

func newModules(p *program) *cobra.Command {
	m := &modules{operator: operator{program: p}}
	cmd := &cobra.Command{
		Use:   "modules [NAME]",
		Short: "Show what modules there are, and what they have to do with each other",
		Long: "Show what modules there are: their contracts, calls, events, routes, tables and sizes. With NAME, one of them in full.\n" +
			"It needs no database and no settings; --live asks the running server (BANYAN_ADDR) what the last minute was like.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return m.show(cmd.Context(), strings.Join(args, "")) },
	}
	cmd.Flags().BoolVar(&m.json, "json", false, "print JSON, for scripts")
	cmd.Flags().BoolVar(&m.mermaid, "mermaid", false, "print a drawing in Mermaid's language; with NAME, of it and its neighbours")
	cmd.Flags().BoolVar(&m.live, "live", false, "ask the running server, and show rates and sizes")
	cmd.MarkFlagsMutuallyExclusive("json", "mermaid")
	cmd.MarkFlagsMutuallyExclusive("live", "mermaid")
	return cmd
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
		return fmt.Errorf("there is no module %q; there are %s", name, strings.Join(d.Names(), ", "))
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
	to, err := lookForServer(ctx, c)
	if err != nil {
		return nil, err
	}
	return fetch(ctx, &http.Client{Timeout: liveLimit}, to, path)
}

// lookForServer finds the server before it asks for the operator's token, which makes one where there is
// none: a shop that never ran should stay untouched.
func lookForServer(ctx context.Context, c config.Config) (server, error) {
	host, err := serverHost(c.Addr)
	if err != nil {
		return server{}, err
	}
	if _, err := fetch(ctx, &http.Client{Timeout: liveLimit}, server{base: "http://" + host}, "/healthz"); err != nil {
		return server{}, fmt.Errorf("no server answers at %s (is BANYAN_ADDR its address?); without --live none is needed: %w", host, err)
	}
	return runningServer(c)
}

func fetch(ctx context.Context, client *http.Client, to server, path string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, to.base+path, nil)
	if err != nil {
		return nil, err
	}
	if to.token != "" {
		r.Header.Set("Authorization", "Bearer "+to.token)
	}
	response, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, problemOf(response)
	}
	return io.ReadAll(response.Body)
}
