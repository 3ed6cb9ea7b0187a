package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/spf13/cobra"
)

const (
	eventsPath = "/v1/system/events"
	heldPath   = eventsPath + "/held"
)

func newEvents(p *program) *cobra.Command {
	o := &operator{program: p}
	cmd := &cobra.Command{
		Use:   "events",
		Args:  cobra.NoArgs, // a misspelt subcommand is an error
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		Short: "Look at events that wait or failed, and decide about them",
		Long: "Look at events that wait or failed, and decide about them. A held event is named MODULE/ID, as the lists print it.\n" +
			"While a server runs on the same SQLite files, the command goes through it (BANYAN_ADDR). What is decided is recorded.",
	}
	cmd.PersistentFlags().BoolVar(&o.json, "json", false, "print JSON, for scripts")
	cmd.AddCommand(
		o.command("status", "Outboxes, lag, and what is held", cobra.NoArgs, func([]string) (request, error) { return get(eventsPath, showStatus) }),
		newDead(o),
		o.command("show MODULE/ID", "One held event; secrets are hidden", cobra.ExactArgs(1), func(args []string) (request, error) {
			path, err := named(heldPath, args[0], "")
			return request{method: http.MethodGet, path: path, show: indented}, err
		}),
		newReplay(o), newDiscard(o),
	)
	return cmd
}

func newDead(o *operator) *cobra.Command {
	var l listing
	cmd := o.command("dead", "Events that wait for a decision (--state: other held ones)", cobra.NoArgs, func([]string) (request, error) {
		return get(heldPath+l.query(), showHeld)
	})
	l.add(cmd, "module", "consumer", "type", "fingerprint")
	l.flags["state"] = cmd.Flags().String("state", "dead", "retry, behind, dead or archived")
	return cmd
}

func newReplay(o *operator) *cobra.Command {
	var scope string
	cmd := o.command("replay MODULE/ID", "Let a dead event run again", cobra.ExactArgs(1), func(args []string) (request, error) {
		path, err := named(heldPath, args[0], "/replay")
		return request{method: http.MethodPost, path: path, body: map[string]string{"scope": scope}, show: saying("replayed")}, err
	})
	cmd.Flags().StringVar(&scope, "scope", "event", "event: it alone; sequence: all dead ones of its aggregate; fingerprint: all dead ones of its consumer that failed alike")
	return cmd
}

func newDiscard(o *operator) *cobra.Command {
	var reason string
	cmd := o.command("discard MODULE/ID --reason TEXT", "Give an event up; its sequence goes on", cobra.ExactArgs(1), func(args []string) (request, error) {
		return withReason(heldPath, args[0], "/discard", reason, "discarded")
	})
	cmd.Flags().StringVar(&reason, "reason", "", "why; it is recorded")
	return cmd
}

func showStatus(o *operator, answer []byte) error {
	var status struct {
		Schemas []struct {
			Module      string  `json:"module"`
			Depth       int64   `json:"depth"`
			AgeSeconds  float64 `json:"age_seconds"`
			Unreachable bool    `json:"unreachable"`
		} `json:"schemas"`
		Consumers []struct {
			Consumer    string           `json:"consumer"`
			Lag         int64            `json:"lag"`
			LagPartial  bool             `json:"lag_partial"`
			Held        map[string]int64 `json:"held"`
			Unreachable bool             `json:"unreachable"`
		} `json:"consumers"`
		Crossings []crossing `json:"crossings"`
	}
	if err := json.Unmarshal(answer, &status); err != nil {
		return err
	}
	var rows []string
	for _, s := range status.Schemas {
		age := time.Duration(s.AgeSeconds * float64(time.Second)).Round(time.Millisecond)
		rows = append(rows, columns(s.Module, s.Depth, age, note(s.Unreachable)))
	}
	if err := o.table("MODULE\tPENDING\tOLDEST\t", rows); err != nil {
		return err
	}
	rows = nil
	for _, c := range status.Consumers {
		if c.Unreachable && slices.ContainsFunc(status.Crossings, func(x crossing) bool { return x.Consumer == c.Consumer }) {
			continue // its own process knows; what waits for it there comes below
		}
		lag := fmt.Sprint(c.Lag)
		if c.LagPartial {
			lag = "at least " + lag
		}
		rows = append(rows, columns(c.Consumer, lag, c.Held["retry"], c.Held["behind"], c.Held["dead"], c.Held["archived"], note(c.Unreachable)))
	}
	fmt.Fprintln(o.stdout)
	if err := o.table("CONSUMER\tLAG\tRETRY\tBEHIND\tDEAD\tARCHIVED\t", rows); err != nil || len(status.Crossings) == 0 {
		return err
	}
	fmt.Fprintln(o.stdout)
	return showCrossings(o, status.Crossings)
}

// crossing is what a broker holds between two processes.
type crossing struct {
	Publisher string `json:"publisher"`
	Consumer  string `json:"consumer"`
	Waiting   int64  `json:"waiting"`
	Unknown   string `json:"unknown"`
}

func showCrossings(o *operator, all []crossing) error {
	rows := make([]string, len(all))
	for i, c := range all {
		waiting := fmt.Sprint(c.Waiting)
		switch c.Unknown {
		case "":
		case "not_subscribed":
			waiting = "? (has not subscribed yet)"
		default:
			waiting = "? (broker can't be reached)"
		}
		rows[i] = columns(c.Publisher, c.Consumer, waiting)
	}
	return o.table("FROM\tTO\tAT THE BROKER", rows)
}

func note(unreachable bool) string {
	if unreachable {
		return "can't be reached"
	}
	return ""
}

func showHeld(o *operator, answer []byte) error {
	var page struct {
		Items []struct {
			Module      string `json:"module"`
			ID          int64  `json:"id"`
			Consumer    string `json:"consumer"`
			State       string `json:"state"`
			Type        string `json:"type"`
			Attempts    int    `json:"attempts"`
			Replays     int    `json:"replays"`
			Fingerprint string `json:"fingerprint"`
			Error       string `json:"error"`
			Aggregate   struct {
				Type string `json:"type"`
				ID   string `json:"id"`
			} `json:"aggregate"`
		} `json:"items"`
		NextCursor string `json:"next_cursor"`
	}
	if err := json.Unmarshal(answer, &page); err != nil {
		return err
	}
	rows := make([]string, len(page.Items))
	for i, h := range page.Items {
		rows[i] = columns(fmt.Sprintf("%s/%d", h.Module, h.ID), h.Consumer, h.State, h.Type, h.Aggregate.Type+" "+h.Aggregate.ID,
			h.Attempts, h.Replays, h.Fingerprint, h.Error)
	}
	if err := o.table("ID\tCONSUMER\tSTATE\tTYPE\tAGGREGATE\tATTEMPTS\tREPLAYS\tFINGERPRINT\tERROR", rows); err != nil {
		return err
	}
	o.more(page.NextCursor)
	return nil
}
