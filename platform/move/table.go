package move

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// kind is what a column's values are, on either engine.
type kind string

const (
	integer kind = "integer"
	bytesOf kind = "bytes"
	textOf  kind = "text"
)

// column is one of a table, with what its values may be: the vocabulary of the migrations.
type column struct {
	name     string
	declared string
	kind     kind
	size     int // most characters of a text, bytes of bytes; 0: any
	fixed    bool
	bits     int // of an integer
	nullable bool
}

// table is what the database's own catalogue tells.
type table struct {
	name    string
	columns []column
	key     []string // the primary key's columns
	auto    string   // the column that counts by itself; empty: none
}

// controls are the tables that each place has of its own.
func controls() []string {
	return []string{"bus_place", "bus_move", "bus_move_table", "bus_migrate_lock", "bus_schema_version", "schema_version"}
}

const (
	sqliteTables  = "SELECT name, COALESCE(sql, '') FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
	sqliteColumns = `SELECT name, type, "notnull" = 0 AND pk = 0, pk FROM pragma_table_info(?) ORDER BY cid`
	mysqlTables   = "SELECT table_name AS name, table_type AS type FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name"
	mysqlColumns  = `SELECT c.column_name AS name, CASE WHEN c.extra LIKE '%auto_increment%' THEN 'AUTO ' ELSE '' END AS auto,
		c.column_type AS type, c.is_nullable = 'YES' AS nullable, COALESCE(k.ordinal_position, 0) AS pk
		FROM information_schema.columns c LEFT JOIN information_schema.key_column_usage k ON k.table_schema = c.table_schema
			AND k.table_name = c.table_name AND k.column_name = c.column_name AND k.constraint_name = 'PRIMARY'
		WHERE c.table_schema = DATABASE() AND c.table_name = ? ORDER BY c.ordinal_position`
)

// tables are all of a schema but the controls, by name. It returns ErrSurprise for one that can't be moved.
func (e *end) tables(ctx context.Context) ([]table, error) {
	query := sqliteTables
	if e.mysql() {
		query = mysqlTables
	}
	var all []table
	err := e.each(ctx, query, nil, func(rows *sql.Rows) error {
		var t table
		var definition string
		if err := rows.Scan(&t.name, &definition); err != nil {
			return err
		}
		if !slices.Contains(controls(), t.name) {
			if strings.Contains(definition, "AUTOINCREMENT") {
				t.auto = "?" // the key, once it is known
			}
			all = append(all, t)
		}
		return nil
	})
	for i := range all {
		if err == nil {
			err = e.describe(ctx, &all[i])
		}
	}
	return all, err
}

func (e *end) describe(ctx context.Context, t *table) error {
	query := sqliteColumns
	if e.mysql() {
		query = mysqlColumns
	}
	places := map[int]string{}
	err := e.each(ctx, query, []any{t.name}, func(rows *sql.Rows) error {
		var c column
		var place int
		fields := []any{&c.name, &c.declared, &c.nullable, &place}
		var auto string
		if e.mysql() {
			fields = slices.Insert(fields, 1, any(&auto))
		}
		if err := rows.Scan(fields...); err != nil {
			return err
		}
		if auto != "" {
			t.auto = c.name
		}
		if place > 0 {
			places[place] = c.name
		}
		t.columns = append(t.columns, c)
		return c.check(t.name)
	})
	if err != nil {
		return err
	}
	for i := range t.columns {
		t.columns[i], err = understand(t.name, t.columns[i])
		if err != nil {
			return err
		}
	}
	for i := 1; i <= len(places); i++ {
		t.key = append(t.key, places[i])
	}
	if t.auto == "?" && len(t.key) == 1 {
		t.auto = t.key[0]
	}
	if len(t.key) == 0 || !plain(t.name) {
		return fmt.Errorf("%w: table %s of the %s has no primary key, or a name that is not a plain word", ErrSurprise, t.name, e.role)
	}
	return nil
}

func (c column) check(table string) error {
	if !plain(c.name) {
		return fmt.Errorf("%w: column %q of table %s has a name that is not a plain word", ErrSurprise, c.name, table)
	}
	return nil
}

func plain(name string) bool { return regexp.MustCompile(`^[a-zA-Z0-9_]+$`).MatchString(name) }

// understand reads the declared type.
func understand(table string, c column) (column, error) {
	parts := regexp.MustCompile(`^([a-z]+)(?:\((\d+)\))?$`).FindStringSubmatch(strings.ToLower(c.declared))
	if parts != nil {
		c.size, _ = strconv.Atoi(parts[2]) // none: any
		switch parts[1] {
		case "bigint", "integer":
			c.kind, c.bits, c.size = integer, 64, 0
			return c, nil
		case "int":
			c.kind, c.bits, c.size = integer, 32, 0
			return c, nil
		case "binary":
			c.kind, c.fixed = bytesOf, true
			return c, nil
		case "char", "varchar":
			c.kind, c.fixed = textOf, parts[1] == "char"
			return c, nil
		case "text", "longtext":
			c.kind = textOf
			return c, nil
		case "blob", "longblob":
			c.kind = bytesOf
			return c, nil
		}
	}
	return c, fmt.Errorf("%w: column %s of table %s is %s, which the move can't carry: it knows the types of the migrations",
		ErrSurprise, c.name, table, c.declared)
}

// requireAlike compares the source with the target, which the migrations have just made: what the source
// has beyond them nobody would find again.
func requireAlike(from, to []table) error {
	for i := range max(len(from), len(to)) {
		switch {
		case i >= len(to) || i < len(from) && from[i].name < to[i].name:
			return fmt.Errorf("%w: the source has a table %s, which the migrations don't make: drop it, or move its rows elsewhere", ErrSurprise, from[i].name)
		case i >= len(from) || to[i].name < from[i].name:
			return fmt.Errorf("%w: the source lacks the table %s of the migrations", ErrSurprise, to[i].name)
		}
		if a, b := from[i].shape(), to[i].shape(); a != b {
			return fmt.Errorf("%w: table %s is %s at the source and %s at the target", ErrSurprise, from[i].name, a, b)
		}
	}
	return nil
}

// shape is what must be the same on both engines. SQLite bounds no sizes.
func (t table) shape() string {
	var b strings.Builder
	for _, c := range t.columns {
		fmt.Fprintf(&b, "%s %s, ", c.name, c.kind)
	}
	return b.String() + "key " + strings.Join(t.key, ", ")
}

func (t table) list() string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = quoted(c.name)
	}
	return strings.Join(names, ", ")
}

func quoted(name string) string { return "`" + name + "`" } // plain has looked at it; both engines take it

// keyOf picks the key out of a row.
func (t table) keyOf(row []any) []any {
	key := make([]any, 0, len(t.key))
	for _, name := range t.key {
		key = append(key, row[slices.IndexFunc(t.columns, func(c column) bool { return c.name == name })])
	}
	return key
}

// each calls f for each row, and takes care of the rest.
func (e *end) each(ctx context.Context, query string, args []any, f func(rows *sql.Rows) error) error {
	rows, err := e.conn.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("at the %s: %w", e.role, err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("at the %s: %w", e.role, err)
	}
	return nil
}

// counter is the least value that the table's counting column has not given yet.
func (e *end) counter(ctx context.Context, t table) (int64, error) {
	highest, err := e.number(ctx, "SELECT MAX("+quoted(t.auto)+") FROM "+quoted(t.name))
	if err != nil {
		return 0, err
	}
	var given int64
	if e.mysql() {
		if given, err = e.mysqlCounter(ctx, t.name); err != nil {
			return 0, err
		}
	} else {
		given, err = e.number(ctx, "SELECT MAX(seq) + 1 FROM sqlite_sequence WHERE name = ?", t.name)
	}
	return max(highest+1, given), err
}

// mysqlCounter reads the definition: the catalogue's number may be a day old on MySQL 8
// (https://dev.mysql.com/doc/refman/8.4/en/information-schema-optimization.html).
func (e *end) mysqlCounter(ctx context.Context, name string) (int64, error) {
	var again, definition string
	if err := e.conn.QueryRowContext(ctx, "SHOW CREATE TABLE "+quoted(name)).Scan(&again, &definition); err != nil {
		return 0, err
	}
	found := regexp.MustCompile(`AUTO_INCREMENT=(\d+)`).FindStringSubmatch(definition)
	if found == nil {
		return 1, nil
	}
	return strconv.ParseInt(found[1], 10, 64)
}

// advance has the target's column go on where the source's would have.
func (e *end) advance(ctx context.Context, t table, next int64) error {
	if e.mysql() {
		return e.exec(ctx, fmt.Sprintf("ALTER TABLE %s AUTO_INCREMENT = %d", quoted(t.name), next))
	}
	if err := e.exec(ctx, "DELETE FROM sqlite_sequence WHERE name = ?", t.name); err != nil {
		return err
	}
	return e.exec(ctx, "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", t.name, next-1)
}

// clear empties a table of the target, whose fence and contents are the move's own.
func (e *end) clear(ctx context.Context, t table) error {
	if e.location.Engine == sqldb.MySQL {
		return e.exec(ctx, "TRUNCATE TABLE "+quoted(t.name))
	}
	return e.exec(ctx, "DELETE FROM "+quoted(t.name))
}
