package catalogfx

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/banyan-commerce/banyan/modules/catalog/internal/app"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/feed"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// ImportSummary counts the rows of a feed.
type ImportSummary = app.Summary

// Import is a feed to be imported by a command, without a server.
type Import struct {
	Source   string
	Mapping  io.Reader
	Feed     io.Reader
	Rejected func(why string)                             // for each row that was
	Progress func(bytes int64, soFar ImportSummary) error // after each batch; an error ends the import
}

// Run imports the feed into the catalog's schema.
func (i Import) Run(ctx context.Context, db *sqldb.DB, now func() time.Time) (ImportSummary, error) {
	mapping, err := feed.ParseMapping(i.Mapping)
	if err != nil {
		return ImportSummary{}, err
	}
	reader, err := feed.Open(i.Feed, i.Source, mapping)
	if err != nil {
		return ImportSummary{}, fmt.Errorf("open feed: %w", err)
	}
	unheard := bus.New(slog.New(slog.DiscardHandler), now, prometheus.NewRegistry()) // an import publishes nothing
	return app.New(db, unheard.Publisher(db), now).Import(ctx, i.Source, reader, app.Report{
		Rejected: func(why feed.RowError) { i.Rejected(why.Error()) },
		Progress: i.Progress,
	})
}
