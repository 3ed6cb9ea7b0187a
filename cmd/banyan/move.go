package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/banyan-commerce/banyan/cmd/internal/assembly"
	"github.com/banyan-commerce/banyan/migrations"
	"github.com/banyan-commerce/banyan/platform/config"
	"github.com/banyan-commerce/banyan/platform/move"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// moveJob is what the command line says.
type moveJob struct {
	module, to                  string
	resume, abort, status, back bool
	lost                        bool
}

func newMove(p *program) *cobra.Command {
	var job moveJob
	cmd := &cobra.Command{
		Use:   "move --module NAME --to URL",
		Short: "Move a module's schema to another database, with the module paused",
		Long: "Move a module's schema from where BANYAN_DB_<MODULE> (or BANYAN_DB) says it is to another database:\n" +
			"sqlite:DIR or mysql://user:pass@host:port/?prefix=banyan_, whose user may create tables and triggers.\n" +
			"Nobody can write the module's schema from the moment copying begins; its events and tasks wait. Rows are\n" +
			"copied, compared twice, and then the new place counts. The command says which setting to change; what\n" +
			"still uses the old place is refused. A move that was interrupted goes on with --resume, or is given up with --abort;\n" +
			"--back, with the settings changed, replaces what was left at the old place and moves there (--to may be left out\n" +
			"if BANYAN_DB is the old place). The exit status is 0 only if the schema has moved (or the move was given up, or its status told).",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := p.config()
			if err != nil {
				return err
			}
			return p.move(cmd.Context(), c, job)
		},
	}
	cmd.Flags().StringVar(&job.module, "module", "", "whose schema: "+strings.Join(assembly.ModuleNames(), ", "))
	cmd.Flags().StringVar(&job.to, "to", "", "where to")
	cmd.Flags().BoolVar(&job.resume, "resume", false, "go on with a move that was interrupted")
	cmd.Flags().BoolVar(&job.abort, "abort", false, "give up a move that was not switched: what was copied is removed, and the old place is written again")
	cmd.Flags().BoolVar(&job.lost, "target-is-lost", false, "with --abort: the target is gone for good and can't be asked (if it can come back, don't)")
	cmd.Flags().BoolVar(&job.status, "status", false, "tell how a move stands, and change nothing")
	cmd.Flags().BoolVar(&job.back, "back", false, "move back to where the schema came from")
	cmd.MarkFlagsMutuallyExclusive("resume", "abort", "status", "back")
	cmd.MarkFlagsMutuallyExclusive("resume", "target-is-lost", "status", "back")
	if err := cmd.MarkFlagRequired("module"); err != nil {
		panic(err) // there is no such flag
	}
	return cmd
}

func (p *program) move(ctx context.Context, c config.Config, job moveJob) error {
	screen := newMoveScreen(p.stderr, time.Now) //nolint:forbidigo // a command chooses its clock
	m, err := job.plan(c, screen)
	if err != nil {
		return err
	}
	if job.lost && !job.abort {
		return errors.New("--target-is-lost goes with --abort alone")
	}
	switch {
	case job.status:
		s, err := m.Status(ctx)
		if err != nil {
			return err
		}
		fmt.Fprint(p.stdout, moveStatus(m, s))
		return nil
	case job.abort:
		abort := m.Abort
		if job.lost {
			abort = m.AbortWithoutTarget
		}
		if err := abort(ctx); err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "given up: %s lives at %s, as before\n", m.Module, m.From.Place(m.Module))
		return nil
	}
	err = m.Run(ctx)
	screen.end()
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%s lives at %s now: set BANYAN_DB_%s to it, and start the servers again\n",
		m.Module, m.To.Place(m.Module), strings.ToUpper(m.Module))
	return nil
}

// plan reads the places. The target's URL is not repeated in an error: it may hold a password.
func (j moveJob) plan(c config.Config, screen *moveScreen) (move.Move, error) {
	if !slices.Contains(assembly.ModuleNames(), j.module) {
		return move.Move{}, fmt.Errorf("--module: there is no module %q; there are %s", j.module, strings.Join(assembly.ModuleNames(), ", "))
	}
	to, err := j.target(c)
	if err != nil {
		return move.Move{}, fmt.Errorf("--to: %w", err)
	}
	scripts, err := migrations.FS(j.module)
	if err != nil {
		return move.Move{}, err
	}
	return move.Move{
		Module: j.module, From: c.Schemas().Location(j.module), To: to, Scripts: scripts,
		Now: screen.now, Tell: screen.progress, Resume: j.resume, Back: j.back,
	}, nil
}

func (j moveJob) target(c config.Config) (sqldb.Location, error) {
	var to config.Database
	switch {
	case j.to != "":
		if err := to.UnmarshalText([]byte(j.to)); err != nil {
			return to.Location, err
		}
	case j.back:
		to = c.DB
	default:
		return to.Location, errors.New("is needed: sqlite:DIR or mysql://user:pass@host:port/?prefix=banyan_")
	}
	if c.DBSecret == "" {
		return to.Location, nil
	}
	to.Location = to.WithUsers(string(c.DBSecret))
	if user := to.User(j.module); to.HasUsers() && len(user) > sqldb.MaxUser {
		return to.Location, fmt.Errorf("the prefix is too long: the name of a database user, as %s, may have %d characters", user, sqldb.MaxUser)
	}
	return to.Location, nil
}

func moveStatus(m move.Move, s move.Status) string {
	var b strings.Builder
	fmt.Fprintf(&b, "source  %s: %s, epoch %d%s\n", m.From.Place(m.Module), s.Source.Standing, s.Source.Epoch, otherEnd(s.Source))
	if !s.There {
		fmt.Fprintf(&b, "target  %s: is not there\n", m.To.Place(m.Module))
		return b.String()
	}
	fmt.Fprintf(&b, "target  %s: %s, epoch %d%s\n", m.To.Place(m.Module), s.Target.Standing, s.Target.Epoch, otherEnd(s.Target))
	if s.State != "" {
		fmt.Fprintf(&b, "move    %s\n", s.State)
	}
	for _, t := range s.Tables {
		fmt.Fprintf(&b, "  %-18s %-9s %d of %d rows, %.1f MB\n", t.Name, t.State, t.Copied, t.Total, float64(t.Bytes)/1e6)
	}
	return b.String()
}

func otherEnd(p sqldb.Place) string {
	if p.Other == "" {
		return ""
	}
	return "; the other end is " + p.Other
}
