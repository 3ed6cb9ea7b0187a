package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/banyan-commerce/banyan/modules/catalog/internal/core"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/feed"
)

// A batch is one transaction: big enough that it shares the cost of its commit, small enough that
// orders, which on SQLite wait for it, wait for about a tenth of a second.
const (
	batchProducts = 500
	batchVariants = 1000
	batchBytes    = 1 << 20
)

// Summary counts the rows of a feed. Read is the sum of the others.
type Summary struct {
	Read, Created, Updated, Unchanged, Rejected int64
}

// Report is told how an import goes, from the goroutine that imports.
type Report struct {
	Rejected func(feed.RowError)                    // for each row that was
	Progress func(bytes int64, soFar Summary) error // after each batch; an error ends the import
}

// Import reads a partner's feed and writes what is new or changed, batch by batch: what was written
// before an error stands, and importing again goes on from there. It returns the errors of reading
// the feed, those of the database, and those of the report.
func (a *App) Import(ctx context.Context, source string, reader *feed.Reader, report Report) (Summary, error) {
	run := importing{app: a, source: source, reader: reader, report: report}
	for product, err := range reader.Products(ctx) {
		var bad *feed.RowError
		switch {
		case errors.As(err, &bad):
			run.reject(*bad, 1)
		case err != nil:
			return run.summary, errors.Join(fmt.Errorf("read feed: %w", err), run.flush(ctx))
		default:
			if err := run.add(ctx, product); err != nil {
				return run.summary, err
			}
		}
	}
	err := run.flush(ctx)
	return run.summary, err
}

// importing is one run of Import.
type importing struct {
	app    *App
	source string
	reader *feed.Reader
	report Report

	batch    []core.Product
	lines    []int // on which the products of the batch begin
	variants int
	bytes    int
	summary  Summary
}

func (i *importing) reject(why feed.RowError, rows int) {
	i.summary.Read += int64(rows)
	i.summary.Rejected += int64(rows)
	i.report.Rejected(why)
}

func (i *importing) add(ctx context.Context, p feed.Product) error {
	i.batch = append(i.batch, productOf(p))
	i.lines = append(i.lines, p.Line)
	i.variants += len(p.Variants)
	i.bytes += len(p.Description)
	if len(i.batch) < batchProducts && i.variants < batchVariants && i.bytes < batchBytes {
		return nil
	}
	return i.flush(ctx)
}

func (i *importing) flush(ctx context.Context) error {
	if len(i.batch) > 0 {
		out, err := i.app.put(ctx, i.source, i.batch)
		if err != nil {
			return fmt.Errorf("import %s: %w", i.source, err)
		}
		i.count(out)
		i.batch, i.lines, i.variants, i.bytes = i.batch[:0], i.lines[:0], 0, 0
	}
	return i.report.Progress(i.reader.Consumed(), i.summary)
}

func (i *importing) count(out outcome) {
	rows := func(places []int) (n int64) {
		for _, place := range places {
			n += int64(len(i.batch[place].Variants))
		}
		i.summary.Read += n
		return n
	}
	i.summary.Created += rows(out.created)
	i.summary.Updated += rows(out.updated)
	i.summary.Unchanged += rows(out.unchanged)
	for place, p := range i.batch {
		if why, ok := out.refused[place]; ok {
			i.reject(feed.RowError{Line: i.lines[place], Reason: why}, len(p.Variants))
		}
	}
}

func productOf(p feed.Product) core.Product {
	out := core.Product{
		PartnerID: p.PartnerID, Name: p.Name, Description: p.Description, Brand: p.Brand,
		Category: p.Category, Images: p.Images, Partial: p.Rejected > 0, Hash: p.Hash,
		Variants: make([]core.Variant, len(p.Variants)),
	}
	for i, v := range p.Variants {
		options := make([]core.Option, len(v.Options))
		for j, o := range v.Options {
			options[j] = core.Option(o)
		}
		out.Variants[i] = core.Variant{
			SKU: v.SKU, Options: options, Stock: v.Stock,
			Prices: []core.Price{{Amount: v.Price, CompareAt: v.CompareAt}},
		}
	}
	return out
}
