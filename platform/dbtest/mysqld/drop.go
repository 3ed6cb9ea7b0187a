package mysqld

import (
	"context"
	"database/sql"
	"fmt"
)

// Drop removes all databases whose names begin with the prefix from the server behind dsn (see
// Version): what tests made on a server that outlives them.
func Drop(ctx context.Context, dsn, prefix string) error {
	db, err := connect(dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	names, err := databases(ctx, db, prefix)
	if err != nil {
		return fmt.Errorf("list the databases %s*: %w", prefix, err)
	}
	for _, name := range names {
		if _, err := db.ExecContext(ctx, "DROP DATABASE `"+name+"`"); err != nil {
			return err
		}
	}
	return nil
}

func databases(ctx context.Context, db *sql.DB, prefix string) ([]string, error) {
	const query = "SELECT schema_name FROM information_schema.schemata WHERE LEFT(schema_name, CHAR_LENGTH(?)) = ?"
	rows, err := db.QueryContext(ctx, query, prefix, prefix)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}
