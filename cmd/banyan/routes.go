package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"
)

const routesPath = "/v1/system/routes"

// routes is the command that shows and changes where the requests of modules go.
type routes struct {
	operator

	module, to, reason string
	share, shadow      int
	live               bool
}

func newRoutes(p *program) *cobra.Command {
	r := &routes{operator: operator{program: p}}
	cmd := &cobra.Command{
		Use:   "routes",
		Short: "Look at where the requests of modules go, and change it",
		Long: "Where the requests of modules go: here, or by share to another process that hosts the module, too. With --module, one of\n" +
			"them and what comparing found; with --share, --shadow or --to it is changed, and all servers follow within a second.\n" +
			"While a server runs on the same SQLite files, the command goes through it; --live does so on MySQL, too, and shows what\n" +
			"the server at BANYAN_ADDR counted. What is decided is recorded.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return r.do(cmd.Context(), cmd) },
	}
	flags := cmd.Flags()
	flags.BoolVar(&r.json, "json", false, "print JSON, for scripts")
	flags.BoolVar(&r.live, "live", false, "ask the running server, which has counts")
	flags.StringVar(&r.module, "module", "", "of this module")
	flags.IntVar(&r.share, "share", 0, "percent of its requests that go to the other process")
	flags.IntVar(&r.shadow, "shadow", 0, "percent of its safe requests whose answer both are asked for, to compare")
	flags.StringVar(&r.to, "to", "", "addresses of the other process, as http://10.0.0.5:8081,http://10.0.0.6:8081; empty: those of the settings")
	flags.StringVar(&r.reason, "reason", "", "why; it is recorded")
	return cmd
}

func (r *routes) do(ctx context.Context, cmd *cobra.Command) error {
	change := map[string]any{}
	flags := cmd.Flags()
	if flags.Changed("share") {
		change["share"] = r.share
	}
	if flags.Changed("shadow") {
		change["shadow"] = r.shadow
	}
	if flags.Changed("to") {
		change["to"] = strings.FieldsFunc(r.to, func(c rune) bool { return c == ',' || c == ' ' })
	}
	path := routesPath + "/" + url.PathEscape(r.module)
	switch {
	case len(change) > 0 && r.module == "":
		return errors.New("which module? --module NAME")
	case len(change) > 0:
		change["reason"] = r.reason
		return r.send(ctx, request{method: http.MethodPatch, path: path, body: change, show: showRoute})
	case r.module != "":
		return r.send(ctx, request{method: http.MethodGet, path: path, show: showRoute})
	}
	return r.send(ctx, request{method: http.MethodGet, path: routesPath, show: showRoutes})
}

func (r *routes) send(ctx context.Context, what request) error {
	if !r.live {
		return r.run(ctx, what)
	}
	c, err := r.config()
	if err != nil {
		return err
	}
	to, err := lookForServer(ctx, c)
	if err != nil {
		return err
	}
	return r.answer(ctx, to, what)
}

type routeAnswer struct {
	Module  string   `json:"module"`
	Hosted  bool     `json:"hosted"`
	To      []string `json:"to"`
	Share   int      `json:"share"`
	Shadow  int      `json:"shadow"`
	Tripped string   `json:"tripped"`
	Live    *struct {
		Here     routeSide `json:"here"`
		Away     routeSide `json:"away"`
		Compared []struct {
			Operation string `json:"operation"`
			Same      int64  `json:"same"`
			Different int64  `json:"different"`
			Failed    int64  `json:"failed"`
			Dropped   int64  `json:"dropped"`
		} `json:"compared"`
	} `json:"live"`
	Differences []struct {
		Operation string `json:"operation"`
		RequestID string `json:"request_id"`
		Places    []struct {
			Path string `json:"path"`
			What string `json:"what"`
			Here string `json:"here"`
			Away string `json:"away"`
		} `json:"places"`
	} `json:"differences"`
}

type routeSide struct {
	Requests int     `json:"requests"`
	Failed   int     `json:"failed"`
	P99      float64 `json:"p99_ms"`
}

func (s routeSide) String() string {
	if s.Requests == 0 {
		return "-"
	}
	return fmt.Sprintf("%d (%d failed, p99 %.1f ms)", s.Requests, s.Failed, s.P99)
}

const routeHead = "MODULE\tSHARE\tSHADOW\tTO\tHERE\tAWAY\tDIFFERENT\tNOTE"

func (a routeAnswer) row() string {
	here, away, different := "-", "-", "-"
	if a.Live != nil {
		here, away = a.Live.Here.String(), a.Live.Away.String()
		var compared, differing int64
		for _, c := range a.Live.Compared {
			compared, differing = compared+c.Same+c.Different, differing+c.Different
		}
		different = fmt.Sprintf("%d of %d", differing, compared)
	}
	said := a.Tripped
	if !a.Hosted {
		said = "not hosted here"
	}
	return columns(a.Module, fmt.Sprintf("%d %%", a.Share), fmt.Sprintf("%d %%", a.Shadow), orDash(a.To), here, away, different, said)
}

func showRoutes(o *operator, answer []byte) error {
	var list struct {
		Items []routeAnswer `json:"items"`
	}
	if err := json.Unmarshal(answer, &list); err != nil {
		return err
	}
	rows := make([]string, len(list.Items))
	for i, a := range list.Items {
		rows[i] = a.row()
	}
	return o.table(routeHead, rows)
}

func showRoute(o *operator, answer []byte) error {
	var a routeAnswer
	if err := json.Unmarshal(answer, &a); err != nil {
		return err
	}
	if err := o.table(routeHead, []string{a.row()}); err != nil {
		return err
	}
	if a.Live != nil && len(a.Live.Compared) > 0 {
		var rows []string
		for _, c := range a.Live.Compared {
			rows = append(rows, columns(c.Operation, c.Same, c.Different, c.Failed, c.Dropped))
		}
		fmt.Fprintln(o.stdout)
		if err := o.table("COMPARED\tSAME\tDIFFERENT\tFAILED\tDROPPED", rows); err != nil {
			return err
		}
	}
	return a.showDifferences(o)
}

func (a routeAnswer) showDifferences(o *operator) error {
	var rows []string
	for _, d := range a.Differences {
		for _, p := range d.Places {
			rows = append(rows, columns(d.RequestID, d.Operation, p.Path, p.What, p.Here, p.Away))
		}
	}
	if len(rows) == 0 {
		return nil
	}
	fmt.Fprintln(o.stdout)
	return o.table("REQUEST\tOPERATION\tPATH\tDIFFERENCE\t\t", rows)
}
