package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

const tasksPath = "/v1/system/tasks"

func newTasks(p *program) *cobra.Command {
	o := &operator{program: p}
	cmd := o.command("tasks", "Look at durable tasks, and retry or cancel one", cobra.NoArgs, func([]string) (request, error) {
		return get(tasksPath+"/counts", showCounts)
	})
	cmd.Long = "How durable tasks stand, by kind and state. A task is named MODULE/ID, as the list prints it.\n" +
		"While a server runs on the same SQLite files, the command goes through it (BANYAN_ADDR). What is decided is recorded."
	cmd.PersistentFlags().BoolVar(&o.json, "json", false, "print JSON, for scripts")
	var l listing
	list := o.command("list", "Tasks, the oldest first", cobra.NoArgs, func([]string) (request, error) {
		return get(tasksPath+l.query(), showTasks)
	})
	cmd.AddCommand(
		l.add(list, "module", "kind", "state"),
		o.command("show MODULE/ID", "One task; secrets are hidden", cobra.ExactArgs(1), func(args []string) (request, error) {
			path, err := named(tasksPath, args[0], "")
			return request{method: http.MethodGet, path: path, show: indented}, err
		}),
		o.command("retry MODULE/ID", "Make a dead or cancelled task due", cobra.ExactArgs(1), func(args []string) (request, error) {
			path, err := named(tasksPath, args[0], "/retry")
			return request{method: http.MethodPost, path: path, show: saying("made due")}, err
		}),
		newCancel(o),
	)
	return cmd
}

func newCancel(o *operator) *cobra.Command {
	var reason string
	cmd := o.command("cancel MODULE/ID --reason TEXT", "Keep a task from running", cobra.ExactArgs(1), func(args []string) (request, error) {
		return withReason(tasksPath, args[0], "/cancel", reason, "cancelled")
	})
	cmd.Flags().StringVar(&reason, "reason", "", "why; it is recorded")
	return cmd
}

func showCounts(o *operator, answer []byte) error {
	var body struct {
		Items []struct {
			Module string `json:"module"`
			Kind   string `json:"kind"`
			State  string `json:"state"`
			Count  int64  `json:"count"`
		} `json:"items"`
	}
	if err := json.Unmarshal(answer, &body); err != nil {
		return err
	}
	rows := make([]string, len(body.Items))
	for i, c := range body.Items {
		rows[i] = columns(c.Module, c.Kind, c.State, c.Count)
	}
	return o.table("MODULE\tKIND\tSTATE\tTASKS", rows)
}

func showTasks(o *operator, answer []byte) error {
	var page struct {
		Items []struct {
			Module   string    `json:"module"`
			ID       string    `json:"id"`
			Kind     string    `json:"kind"`
			Key      string    `json:"key"`
			State    string    `json:"state"`
			Running  bool      `json:"running"`
			RunAt    time.Time `json:"run_at"`
			Attempts int       `json:"attempts"`
			Error    string    `json:"error"`
		} `json:"items"`
		NextCursor string `json:"next_cursor"`
	}
	if err := json.Unmarshal(answer, &page); err != nil {
		return err
	}
	rows := make([]string, len(page.Items))
	for i, t := range page.Items {
		state := t.State
		if t.Running {
			state = "running"
		}
		rows[i] = columns(fmt.Sprintf("%s/%s", t.Module, t.ID), t.Kind, t.Key, state, t.RunAt.Format(time.RFC3339), t.Attempts, t.Error)
	}
	if err := o.table("ID\tKIND\tKEY\tSTATE\tDUE\tATTEMPTS\tERROR", rows); err != nil {
		return err
	}
	o.more(page.NextCursor)
	return nil
}
