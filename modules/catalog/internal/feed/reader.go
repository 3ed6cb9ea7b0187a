// Package feed reads partners' product feeds: a Mapping says which column means what, a
// Reader makes products of the rows. It knows neither the database nor the command line,
// so that the same rules hold wherever a feed comes in.
//
//	mapping, err := feed.ParseMapping(mappingFile)
//	reader, err := feed.Open(feedFile, "bigbasket", mapping)
//	for product, err := range reader.Products(ctx) {
//		var bad *feed.RowError
//		switch {
//		case errors.As(err, &bad): // report it, go on
//		case err != nil:           // the feed can't be read any further
//		default:                   // upsert the product, if its hash is new
//		}
//	}
//
// What always holds:
//   - A row is either a variant of exactly one product or one *RowError, which says
//     where and why; neither stops the rest. So rows read = variants + row errors.
//   - A row that can't be told from its neighbours because of a lost quote costs its own
//     lines, not those that follow.
//   - Nothing is guessed: bytes that aren't UTF-8, amounts that read two ways, repeated
//     IDs, columns that occur twice are refused.
//   - Memory doesn't grow with the feed, but for about 40 bytes a product by which
//     repeated IDs (and 40 more by which repeated SKUs of the partner's) are known.
//   - The same feed and mapping give the same products, SKUs and hashes, always.
package feed

import (
	"context"
	"errors"
	"io"
	"iter"
	"sync/atomic"
)

// Reader reads one feed once.
type Reader struct {
	sheet    sheet
	group    group
	rows     atomic.Int64
	consumed atomic.Int64
}

// Open reads the feed's header and finds the mapping's columns in it. The source names
// the partner in SKUs that have to be derived. The reader reads ahead of the rows it hands
// out; the caller closes the input.
//
// Errors: ErrSource, ErrMapping, ErrFormat, ErrEncoding, ErrHeader, the input's own.
func Open(input io.Reader, source string, m Mapping) (*Reader, error) {
	if !validSource(source) {
		return nil, ErrSource
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	r := &Reader{}
	var err error
	if r.sheet, err = openSheet(input, m, &r.consumed); err != nil {
		return nil, err
	}
	plan, err := bindAll(m, r.sheet.header)
	if err != nil {
		return nil, err
	}
	r.group = group{plan: plan, source: source, version: m.Version, products: seen{}, skus: seen{}}
	return r, nil
}

// Products yields the feed's products in its order, each with the rows it is made of, and
// a *RowError for each row that was rejected. Any other error, the context's or the
// input's, is the last thing yielded: what came before it stands. It may be ranged over
// once. The context is looked at between rows and doesn't interrupt a read.
func (r *Reader) Products(ctx context.Context) iter.Seq2[Product, error] {
	return func(yield func(Product, error) bool) {
		for from, err := range r.sheet.records {
			if ctx.Err() != nil {
				yield(Product{}, ctx.Err())
				return
			}
			if !r.take(from, err, yield) {
				return
			}
		}
		if last := r.group.flush(); last != nil {
			yield(*last, nil)
		}
	}
}

// take makes of a record what it may: a product that is now complete, an error, both or
// neither. It reports whether to go on.
func (r *Reader) take(from record, err error, yield func(Product, error) bool) bool {
	var bad *RowError
	if err != nil && !errors.As(err, &bad) {
		// The product in the making may lack rows: it is not handed out.
		yield(Product{}, err)
		return false
	}
	r.rows.Add(1)
	if err == nil {
		var done *Product
		done, bad = r.group.add(from)
		if done != nil && !yield(*done, nil) {
			return false
		}
	}
	return bad == nil || yield(Product{}, bad)
}

// Rows answers how many rows were read, rejected ones included. Safe to call while
// another goroutine ranges over Products.
func (r *Reader) Rows() int64 { return r.rows.Load() }

// Consumed answers how many bytes of the feed are done with, for a rate and an estimate
// of what is left. Safe to call while another goroutine ranges over Products.
func (r *Reader) Consumed() int64 { return r.consumed.Load() }
