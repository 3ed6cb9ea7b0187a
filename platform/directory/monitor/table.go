package monitor

import (
	"context"
	"fmt"

	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/directory"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/task"
)

// countTo is where counting the rows of one table ends on SQLite, so that asking costs little.
const countTo = 100_000

// readSchema reads what waits in a module's schema, and the sizes of its tables.
func readSchema(ctx context.Context, db *sqldb.DB, tables []string, most int) (s directory.Schema, err error) {
	if db.Engine() == sqldb.SQLite {
		s, err = readSQLite(ctx, db, tables, most)
	} else {
		s, err = readMySQL(ctx, db, tables)
	}
	if err != nil {
		return s, fmt.Errorf("read sizes of %s: %w", db.Module(), err)
	}
	outbox, err := bus.Outbox(ctx, db)
	if err != nil {
		return s, err
	}
	counts, err := task.Counts(ctx, db)
	if err != nil {
		return s, err
	}
	s.Pending, s.Tasks = outbox.Depth, map[string]int64{}
	for _, c := range counts {
		s.Tasks[c.State] += c.N
	}
	return s, nil
}

// readSQLite counts rows: SQLite keeps no number of them, and the size of a table could be had by
// reading all of the file alone (dbstat). The size is the file's.
func readSQLite(ctx context.Context, db *sqldb.DB, tables []string, most int) (directory.Schema, error) {
	s := directory.Schema{Tables: []directory.TableSize{}}
	if err := db.Get(ctx, &s.Bytes, "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"); err != nil {
		return s, err
	}
	for _, name := range tables {
		size := directory.TableSize{Name: name}
		query := fmt.Sprintf("SELECT COUNT(*) FROM (SELECT 1 FROM %s LIMIT %d) AS some", name, most+1)
		if err := db.Get(ctx, &size.Rows, query); err != nil {
			return s, err
		}
		size.AtLeast = size.Rows > int64(most)
		size.Rows = min(size.Rows, int64(most))
		s.Tables = append(s.Tables, size)
	}
	return s, nil
}

// selectSizes asks for what the server believes: counting would read every row. MySQL 8 answers figures
// that may be a day old (information_schema_stats_expiry).
const selectSizes = `SELECT table_name AS name, COALESCE(table_rows, 0) AS estimate, COALESCE(data_length + index_length, 0) AS size
	FROM information_schema.tables WHERE table_schema = DATABASE()`

func readMySQL(ctx context.Context, db *sqldb.DB, tables []string) (directory.Schema, error) {
	s := directory.Schema{Tables: []directory.TableSize{}}
	var rows []struct {
		Name     string `db:"name"`
		Estimate int64  `db:"estimate"`
		Size     int64  `db:"size"`
	}
	if err := db.Select(ctx, &rows, selectSizes); err != nil {
		return s, err
	}
	for _, name := range tables {
		for _, row := range rows {
			if row.Name == name {
				s.Bytes += row.Size
				s.Tables = append(s.Tables, directory.TableSize{Name: name, Rows: row.Estimate, Estimated: true, Bytes: &row.Size})
			}
		}
	}
	return s, nil
}
