package mysqld

import (
	"context"
	"database/sql"
	"fmt"
)

// Drop removes all databases, and all users of the host %, whose names begin with the prefix from the server
// behind dsn (see Version): what tests made on a server that outlives them. The user of dsn itself stays.
func Drop(ctx context.Context, dsn, prefix string) error {
	db, err := connect(dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	for _, kind := range []struct{ query, drop string }{
		{"SELECT schema_name FROM information_schema.schemata WHERE LEFT(schema_name, CHAR_LENGTH(?)) = ?", "DROP DATABASE IF EXISTS `%s`"},
		{"SELECT user FROM mysql.user WHERE LEFT(user, CHAR_LENGTH(?)) = ? AND host = '%' AND CONCAT(user, '@', host) <> CURRENT_USER()", "DROP USER IF EXISTS '%s'@'%%'"},
	} {
		found, err := names(ctx, db, kind.query, prefix)
		if err != nil {
			return fmt.Errorf("list what begins with %s: %w", prefix, err)
		}
		for _, name := range found {
			if _, err := db.ExecContext(ctx, fmt.Sprintf(kind.drop, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

func names(ctx context.Context, db *sql.DB, query, prefix string) ([]string, error) {
	rows, err := db.QueryContext(ctx, query, prefix, prefix)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		found = append(found, name)
	}
	return found, rows.Err()
}
