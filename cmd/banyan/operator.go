package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

// operator is what the commands for operators share.
type operator struct {
	*program

	json bool // print the answers as they are
}

// request is one question of a command, and how its answer is shown to people.
type request struct {
	method, path string
	body         any
	show         func(o *operator, answer []byte) error
}

// command makes a subcommand that sends one request.
func (o *operator) command(use, short string, args cobra.PositionalArgs, ask func(args []string) (request, error)) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: args,
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := ask(args)
			if err != nil {
				return err
			}
			return o.run(cmd.Context(), r)
		},
	}
}

func (o *operator) run(ctx context.Context, r request) (err error) {
	c, err := o.config()
	if err != nil {
		return err
	}
	d, err := openDesk(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	return o.answer(ctx, d, r)
}

// answer shows what a desk answers.
func (o *operator) answer(ctx context.Context, d *desk, r request) error {
	answer, err := d.ask(ctx, r.method, r.path, r.body)
	if err != nil {
		return err
	}
	if o.json {
		_, err := fmt.Fprintf(o.stdout, "%s\n", strings.TrimSpace(string(answer)))
		return err
	}
	return r.show(o, answer)
}

// table prints rows in columns.
func (o *operator) table(head string, rows []string) error {
	w := tabwriter.NewWriter(o.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, head)
	for _, row := range rows {
		fmt.Fprintln(w, row)
	}
	return w.Flush()
}

// columns joins the cells of a row. What comes from a database must not draw on the terminal.
func columns(cells ...any) string {
	texts := make([]string, len(cells))
	for i, cell := range cells {
		texts[i] = strings.Map(printable, fmt.Sprint(cell))
	}
	return strings.Join(texts, "\t")
}

func printable(r rune) rune {
	if r < ' ' || r == 0x7f {
		return ' '
	}
	return r
}

// named splits MODULE/ID, as the lists print it, and makes the path of its operation.
func named(under, name, action string) (string, error) {
	module, rowID, ok := strings.Cut(name, "/")
	if !ok || module == "" || rowID == "" {
		return "", fmt.Errorf("%q is no ID: it looks like MODULE/ID, as the lists print it", name)
	}
	return under + "/" + url.PathEscape(module) + "/" + url.PathEscape(rowID) + action, nil
}

// get asks for something and shows it.
func get(path string, show func(o *operator, answer []byte) error) (request, error) {
	return request{method: http.MethodGet, path: path, show: show}, nil
}

// withReason posts a decision that needs a reason.
func withReason(under, name, action, reason, done string) (request, error) {
	if strings.TrimSpace(reason) == "" {
		return request{}, errors.New("this needs a reason: --reason TEXT")
	}
	path, err := named(under, name, action)
	return request{method: http.MethodPost, path: path, body: map[string]string{"reason": reason}, show: saying(done)}, err
}

// saying shows how many rows a decision changed.
func saying(done string) func(o *operator, answer []byte) error {
	return func(o *operator, answer []byte) error {
		var body struct {
			Affected int64 `json:"affected"`
		}
		if err := json.Unmarshal(answer, &body); err != nil {
			return err
		}
		_, err := fmt.Fprintf(o.stdout, "%s: %d\n", done, body.Affected)
		return err
	}
}

// indented shows one thing with all its fields.
func indented(o *operator, answer []byte) error {
	var v json.RawMessage
	if err := json.Unmarshal(answer, &v); err != nil {
		return err
	}
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(o.stdout, "%s\n", text)
	return err
}

// listing is what lists select by, as flags of their command.
type listing struct {
	flags map[string]*string
	limit int
}

func (l *listing) add(cmd *cobra.Command, names ...string) *cobra.Command {
	l.flags = map[string]*string{}
	for _, name := range names {
		l.flags[name] = cmd.Flags().String(name, "", "only this "+name)
	}
	l.flags["cursor"] = cmd.Flags().String("cursor", "", "go on where a list ended")
	cmd.Flags().IntVar(&l.limit, "limit", 50, "rows, at most 200")
	return cmd
}

func (l *listing) query() string {
	q := url.Values{"limit": {fmt.Sprint(l.limit)}}
	for name, value := range l.flags {
		if *value != "" {
			q.Set(name, *value)
		}
	}
	return "?" + q.Encode()
}

// more tells how a list goes on.
func (o *operator) more(cursor string) {
	if cursor != "" {
		fmt.Fprintf(o.stdout, "\nThere are more: --cursor %s\n", cursor)
	}
}
