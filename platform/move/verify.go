package move

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Verifying reads both sides anew, each in one pass and in whatever order it likes, so that a fault in how
// chunks are cut can't hide in it. Rows are spread over chunks by a hash of their key; a chunk's checksum is the
// sum of its rows' hashes (SHA-256, of which 128 bits are summed), which no order changes.

const checkChunks = 256

type checksum struct{ rows, high, low uint64 }

type checksums [checkChunks]checksum

func (c *checksums) add(key, row [sha256.Size]byte) {
	one := &c[key[0]]
	one.rows++
	one.high += binary.BigEndian.Uint64(row[:8])
	one.low += binary.BigEndian.Uint64(row[8:])
}

// verifyAll compares what is not compared yet. It returns ErrDiffers with the first rows that do.
func (r *run) verifyAll(ctx context.Context) error {
	for _, t := range r.tables {
		if err := r.verifyTable(ctx, t); err != nil {
			return fmt.Errorf("verify table %s: %w", t.name, err)
		}
	}
	return r.step(ctx, Verified, nil)
}

func (r *run) verifyTable(ctx context.Context, t table) error {
	p, err := r.part(ctx, t)
	if err != nil || p.state == tableVerified {
		return err
	}
	r.tell(Progress{State: Copied, Table: t.name})
	here, there, err := bothEnds(r, func(e *end) (checksums, error) { return r.checksums(ctx, e, t) })
	if err != nil {
		return err
	}
	if here != there {
		return r.differences(ctx, t, here, there)
	}
	if err := r.compare(ctx, t); err != nil {
		return err
	}
	if t.auto != "" {
		if err := r.compareCounters(ctx, t); err != nil {
			return err
		}
	}
	return r.setPart(ctx, t, tableVerified)
}

// bothEnds asks both at once: they are often two machines.
func bothEnds[T any](r *run, ask func(e *end) (T, error)) (here, there T, err error) {
	var other error
	var asked sync.WaitGroup
	asked.Go(func() { there, other = ask(r.to) })
	here, err = ask(r.from)
	asked.Wait()
	return here, there, errors.Join(err, other)
}

func (r *run) checksums(ctx context.Context, e *end, t table) (checksums, error) {
	var sums checksums
	err := r.rows(ctx, e, t, func(row []any) error {
		sums.add(digest(t.keyOf(row)), digest(row))
		return nil
	})
	return sums, err
}

// rows reads a whole table. Columns are named, so that their order is the same on both sides.
func (r *run) rows(ctx context.Context, e *end, t table, f func(row []any) error) error {
	return e.each(ctx, "SELECT "+t.list()+" FROM "+quoted(t.name), nil, func(found *sql.Rows) error {
		row, err := t.scan(found)
		if err != nil {
			return err
		}
		return f(row)
	})
}

const tellDifferences = 5

// differences names rows of the chunks that differ.
func (r *run) differences(ctx context.Context, t table, here, there checksums) error {
	type sides struct{ here, there [sha256.Size]byte }
	seen := map[string]*sides{}
	for _, e := range []*end{r.from, r.to} {
		err := r.rows(ctx, e, t, func(row []any) error {
			key := t.keyOf(row)
			if chunk := digest(key)[0]; here[chunk] == there[chunk] {
				return nil
			}
			s := seen[named(key)]
			if s == nil {
				s = &sides{}
				seen[named(key)] = s
			}
			if e == r.from {
				s.here = digest(row)
			} else {
				s.there = digest(row)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	var none [sha256.Size]byte
	var told []string
	for key, s := range seen {
		switch {
		case s.here == s.there:
		case s.there == none:
			told = append(told, "missing "+key)
		case s.here == none:
			told = append(told, "one too many "+key)
		default:
			told = append(told, "different "+key)
		}
	}
	slices.Sort(told)
	return fmt.Errorf("%w: %d rows: %s%s", ErrDiffers, len(told), strings.Join(told[:min(len(told), tellDifferences)], "; "), differAdvice)
}

const differAdvice = "; nothing was switched: give it up with --abort, and begin again"

func (r *run) compareCounters(ctx context.Context, t table) error {
	here, err := r.from.counter(ctx, t)
	if err != nil {
		return err
	}
	there, err := r.to.counter(ctx, t)
	if err != nil {
		return err
	}
	if there < here {
		return fmt.Errorf("%w: %s would count on from %d at the source and from %d at the target%s", ErrDiffers, t.auto, here, there, differAdvice)
	}
	return nil
}

// requireVerified looks once more before the switch: every table of the schema, and not what the loops
// above believe to have done.
func (r *run) requireVerified(ctx context.Context) error {
	for _, t := range r.tables {
		p, err := r.part(ctx, t)
		if err != nil {
			return err
		}
		if p.state != tableVerified {
			return fmt.Errorf("%w: table %s was not compared%s", ErrDiffers, t.name, differAdvice)
		}
	}
	return r.from.requireFence(ctx, r.tables)
}
