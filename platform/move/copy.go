package move

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// A chunk is one transaction at the target: its rows and how far they reach. SQLite takes 32,766 variables in
// a statement (https://www.sqlite.org/limits.html#max_variable_number).
const (
	chunkRows      = 1000
	chunkBytes     = 1 << 20
	chunkVariables = 30_000
)

// copyAll copies the tables that are not copied yet.
func (r *run) copyAll(ctx context.Context) error {
	for _, t := range r.tables {
		if err := r.copyTable(ctx, t); err != nil {
			return fmt.Errorf("copy table %s: %w", t.name, err)
		}
	}
	return r.step(ctx, Copied, nil)
}

func (r *run) copyTable(ctx context.Context, t table) error {
	p, err := r.part(ctx, t)
	if err != nil {
		return err
	}
	r.begin(t, p)
	if p.state != tableCopying {
		return nil
	}
	limit := min(chunkRows, chunkVariables/len(t.columns))
	for {
		rows, bytes, err := r.read(ctx, t, p.last, r.rowsFor(limit, p))
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			break
		}
		p.last = t.keyOf(rows[len(rows)-1])
		p.copied += int64(len(rows))
		p.bytes += int64(bytes)
		if err := r.write(ctx, t, rows, p); err != nil {
			return err
		}
		r.copied(len(rows), bytes)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	if t.auto != "" {
		next, err := r.from.counter(ctx, t)
		if err != nil {
			return err
		}
		if err := r.to.advance(ctx, t, next); err != nil {
			return err
		}
	}
	return r.setPart(ctx, t, tableCopied)
}

// rowsFor keeps a chunk within its bytes by what rows have been so far: what the server has begun to send is read to its end.
func (r *run) rowsFor(limit int, p part) int {
	if p.copied == 0 {
		return min(limit, 64)
	}
	return max(1, min(limit, int(chunkBytes*p.copied/max(p.bytes, 1))))
}

// read answers the rows behind a key, in the key's order.
func (r *run) read(ctx context.Context, t table, last []any, limit int) (rows [][]any, bytes int, err error) {
	query, args := "SELECT "+t.list()+" FROM "+quoted(t.name), []any(nil)
	if last != nil {
		var condition string
		condition, args = r.from.behind(t.key, last)
		query += " WHERE " + condition
	}
	keys := make([]string, len(t.key))
	for i, k := range t.key {
		keys[i] = quoted(k)
	}
	query += fmt.Sprintf(" ORDER BY %s LIMIT %d", strings.Join(keys, ", "), limit)
	err = r.from.each(ctx, query, args, func(found *sql.Rows) error {
		row, err := t.scan(found)
		if err != nil {
			return err
		}
		rows, bytes = append(rows, row), bytes+size(row)
		return r.requireFit(t, row)
	})
	return rows, bytes, err
}

// behind is the condition for rows after a key. MySQL finds no index for (a, b) > (x, y), so it is said at length there
// (https://dev.mysql.com/doc/refman/8.4/en/row-constructor-optimization.html).
func (e *end) behind(key []string, last []any) (condition string, args []any) {
	if !e.mysql() {
		names := make([]string, len(key))
		for i, k := range key {
			names[i] = quoted(k)
		}
		return "(" + strings.Join(names, ", ") + ") > " + sqldb.Placeholders(1, len(key)), last
	}
	var either []string
	for i := range key {
		var all []string
		for j := range i {
			all, args = append(all, quoted(key[j])+" = ?"), append(args, last[j])
		}
		all, args = append(all, quoted(key[i])+" > ?"), append(args, last[i])
		either = append(either, "("+strings.Join(all, " AND ")+")")
	}
	return strings.Join(either, " OR "), args
}

func (t table) scan(rows *sql.Rows) ([]any, error) {
	row, into := make([]any, len(t.columns)), make([]any, len(t.columns))
	for i := range row {
		into[i] = &row[i]
	}
	if err := rows.Scan(into...); err != nil {
		return nil, err
	}
	for i, c := range t.columns {
		v, err := c.canonical(row[i])
		if err != nil {
			return nil, fmt.Errorf("%w: table %s, column %s of row %v: %w", ErrValue, t.name, c.name, t.keyOf(row), err)
		}
		row[i] = v
	}
	return row, nil
}

// requireFit returns ErrValue, naming table, key and column.
func (r *run) requireFit(t table, row []any) error {
	for i, c := range r.targets[t.name].columns {
		if err := c.fit(row[i]); err != nil {
			return fmt.Errorf("%w: table %s, key %s: column %s %w: correct it at the source (--abort lifts the fence), and begin again",
				ErrValue, t.name, named(t.keyOf(row)), c.name, err)
		}
	}
	return nil
}

func (r *run) write(ctx context.Context, t table, rows [][]any, p part) error {
	last, err := keptKey(p.last)
	if err != nil {
		return err
	}
	err = r.to.inTx(ctx, func(tx *sql.Tx) error {
		if err := r.guard(ctx, tx); err != nil {
			return err
		}
		if err := t.insert(ctx, tx, rows); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "UPDATE bus_move_table SET copied = ?, bytes = ?, last_key = ? WHERE move_id = ? AND name = ?",
			p.copied, p.bytes, last, r.id, t.name)
		return err
	})
	if err != nil && ctx.Err() == nil && !sqldb.IsInfrastructure(err) {
		return r.blame(ctx, t, rows, err)
	}
	return err
}

func (t table) insert(ctx context.Context, on execer, rows [][]any) error {
	args := make([]any, 0, len(rows)*len(t.columns))
	for _, row := range rows {
		args = append(args, row...)
	}
	_, err := on.ExecContext(ctx, "INSERT INTO "+quoted(t.name)+" ("+t.list()+") VALUES "+sqldb.Placeholders(len(rows), len(t.columns)), args...)
	return err
}

// blame finds the row for whose sake a chunk was refused, by inserting one after the other and undoing it.
func (r *run) blame(ctx context.Context, t table, rows [][]any, chunk error) error {
	tx, err := r.to.conn.BeginTx(ctx, nil)
	if err != nil {
		return chunk
	}
	defer func() { _ = tx.Rollback() }()
	for _, row := range rows {
		if err := t.insert(ctx, tx, [][]any{row}); err != nil {
			return fmt.Errorf("%w: table %s, key %s: %w", ErrValue, t.name, named(t.keyOf(row)), explain(err))
		}
	}
	return chunk
}

func explain(err error) error {
	switch {
	case sqldb.IsDuplicate(err):
		return fmt.Errorf("the target has a row with such a key (MySQL ignores spaces at the end of a text in a key, SQLite doesn't): %w", err)
	case hasNumber(err, 1153), strings.Contains(err.Error(), "packet for query is too large"):
		return fmt.Errorf("the row is larger than the server takes: raise max_allowed_packet there: %w", err)
	}
	return err
}
