package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/banyan-commerce/banyan/cmd/internal/assembly"
	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/modules/catalog/catalogfx"
	"github.com/banyan-commerce/banyan/platform/config"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

func newImport(p *program) *cobra.Command {
	var job importJob
	cmd := &cobra.Command{
		Use:   "import --source NAME --mapping FILE.yaml FEED.csv",
		Short: "Import a partner's product feed",
		Long: "Import a partner's product feed. Products are known by source and the partner's ID: what is new is created,\n" +
			"what differs from the last import is updated. Rows that can't be used are told with line, column and reason\n" +
			"and don't stop the rest. While a server runs on the same SQLite files, the feed goes through it (BANYAN_ADDR).\n" +
			"The exit status is 0 if something was imported or unchanged and nothing but rows went wrong.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := p.config()
			if err != nil {
				return err
			}
			job.feed = args[0]
			return p.importFeed(cmd.Context(), c, job)
		},
	}
	cmd.Flags().StringVar(&job.source, "source", "", "name of the partner: 1 to 24 of a-z, 0-9, - and _")
	cmd.Flags().StringVar(&job.mapping, "mapping", "", "file that says which column means what")
	for _, name := range []string{"source", "mapping"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) // there is no such flag
		}
	}
	return cmd
}

// importJob is what the command line says.
type importJob struct{ source, mapping, feed string }

// openImport is a job with its files open.
type openImport struct {
	source        string
	mapping, feed *os.File
	size          int64 // of the feed, in bytes; 0 if it isn't a plain file
}

func (j importJob) open() (openImport, error) {
	o := openImport{source: j.source}
	var err error
	if o.mapping, err = os.Open(j.mapping); err != nil {
		return o, err
	}
	if o.feed, err = os.Open(j.feed); err != nil {
		return o, errors.Join(err, o.mapping.Close())
	}
	if info, err := o.feed.Stat(); err == nil && info.Mode().IsRegular() {
		o.size = info.Size()
	}
	return o, nil
}

func (o openImport) close() {
	_ = o.mapping.Close() // both were read only
	_ = o.feed.Close()
}

func (p *program) importFeed(ctx context.Context, c config.Config, job importJob) error {
	files, err := job.open()
	if err != nil {
		return err
	}
	defer files.close()
	now := time.Now //nolint:forbidigo // a command chooses its clock
	screen := newImportScreen(p.stderr, files.size, now)
	summary, err := importDirect(ctx, c, files, screen, now)
	if errors.Is(err, sqldb.ErrLocked) {
		summary, err = importThroughServer(ctx, c, files, screen)
	}
	screen.end()
	fmt.Fprintln(p.stdout, screen.summary(summary))
	return importResult(summary, err)
}

// importDirect writes to the database itself. It returns sqldb.ErrLocked, with nothing read, if a
// server has the SQLite files.
func importDirect(ctx context.Context, c config.Config, files openImport, screen *importScreen, now func() time.Time) (s catalogfx.ImportSummary, err error) {
	if c.Migrate {
		if err := assembly.Migrate(ctx, c, func(string, int) {}); err != nil {
			return s, err
		}
	}
	db, err := c.Schemas().Open(ctx, catalog.Manifest().Name)
	if err != nil {
		return s, err
	}
	defer func() {
		if closed := db.Close(); err == nil {
			err = closed
		}
	}()
	return catalogfx.Import{
		Source: files.source, Mapping: files.mapping, Feed: files.feed,
		Rejected: screen.rejected,
		Progress: func(bytes int64, s catalogfx.ImportSummary) error {
			screen.progress(bytes, s)
			return nil
		},
	}.Run(ctx, db, now)
}

// importResult is the error that the exit status tells.
func importResult(s catalogfx.ImportSummary, err error) error {
	var known *fault.Error
	switch {
	case errors.As(err, &known):
		return fmt.Errorf("import: %w", known) // without the operations around it
	case err != nil:
		return fmt.Errorf("import: %w", err)
	case s.Read == 0:
		return errors.New("import: the feed has no rows")
	case s.Rejected == s.Read:
		return errors.New("import: every row was rejected")
	}
	return nil
}
