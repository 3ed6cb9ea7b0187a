package move_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/migrate"
	"github.com/banyan-commerce/banyan/platform/move"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const (
	depot       = "depot"
	definitions = `-- +goose Up
CREATE TABLE shelf (id {{auto_pk}}, name VARCHAR(10) NOT NULL, note {{text}}, picture {{blob}}, width INT, hash BINARY(16), code CHAR(3) NOT NULL);
CREATE TABLE parcel (town VARCHAR(20) NOT NULL, id BINARY(16) NOT NULL, no BIGINT NOT NULL, PRIMARY KEY (town, id, no)) {{clustered}};
CREATE TABLE zone (id BINARY(16) NOT NULL PRIMARY KEY, name VARCHAR(20) NOT NULL);
CREATE UNIQUE INDEX zone_name ON zone (name);
`
)

func scripts() fs.FS {
	return fstest.MapFS{"00001_depot.sql": &fstest.MapFile{Data: []byte(definitions)}}
}

// made is a migrated depot.
func made(t *testing.T, e dbtest.Engine) sqldb.Location {
	t.Helper()
	l := e.Location(t)
	_, err := migrate.Up(t.Context(), l, depot, scripts())
	require.NoError(t, err)
	return l
}

// do runs statements as the owner of the schema.
func do(t *testing.T, l sqldb.Location, f func(db *sql.DB)) {
	t.Helper()
	db, release, err := sqldb.OpenForMigration(t.Context(), l, depot)
	require.NoError(t, err)
	f(db)
	require.NoError(t, release())
}

func exec(t *testing.T, db *sql.DB, query string, args ...any) {
	t.Helper()
	_, err := db.ExecContext(t.Context(), query, args...)
	require.NoError(t, err, query)
}

// fill writes rows that are hard to carry, and n ordinary ones.
func fill(t *testing.T, l sqldb.Location, n int) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	do(t, l, func(db *sql.DB) {
		for i, v := range [][]any{
			{"", "", []byte{}, int64(0), make([]byte, 16), ""},
			{"ä😀\x00'\\%", strings.Repeat("ß\n", 5000), []byte("\x00\xff'\\\"\x1a"), int64(-2147483648), []byte("0123456789abcde\x00"), "EUR"},
			{"a", nil, nil, nil, nil, "eur"},
			{"a ", " ", bytesOf(random, 70_000), int64(2147483647), bytesOf(random, 16), "é"},
			{"1", "2", []byte("3"), int64(7), []byte("1234567890123456"), "  a"},
		} {
			exec(t, db, "INSERT INTO shelf (id, name, note, picture, width, hash, code) VALUES (?, ?, ?, ?, ?, ?, ?)", append([]any{i + 1}, v...)...)
		}
		exec(t, db, "INSERT INTO shelf (id, name, code) VALUES (5000000000, 'far', '')")
		exec(t, db, "DELETE FROM shelf WHERE id = 5000000000") // the counter stays behind it
		const each = 100
		var parcels []any
		for i := range n {
			town := []string{"", "Ulm", "ulm", "Ülm", "日本", "a\tb"}[i%6]
			parcels = append(parcels, town, append(make([]byte, 15), byte(i%7)), int64(i)*1_000_003_000_019*(1-2*int64(i%2)))
			if rows := len(parcels) / 3; rows == each || i == n-1 {
				exec(t, db, "INSERT INTO parcel (town, id, no) VALUES "+sqldb.Placeholders(rows, 3), parcels...)
				parcels = nil
			}
		}
		exec(t, db, "INSERT INTO zone (id, name) VALUES (?, ?)", bytesOf(random, 16), "north")
		exec(t, db, "INSERT INTO bus_consumer (name) VALUES (?)", "order")
	})
}

func bytesOf(random *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return b
}

// dump is every row of the schema's own tables and the bus's, written down by code that the move doesn't use.
func dump(t *testing.T, l sqldb.Location) string {
	t.Helper()
	var lines []string
	do(t, l, func(db *sql.DB) {
		for table, columns := range map[string]string{
			"shelf":        "id name note picture width hash code",
			"parcel":       "town id no",
			"zone":         "id name",
			"bus_consumer": "id name",
			"bus_outbox":   "pos event_id payload",
		} {
			var hexes []string
			for _, c := range strings.Fields(columns) {
				hexes = append(hexes, "CASE WHEN "+c+" IS NULL THEN 'NULL' ELSE HEX("+c+") END")
				if c == "no" || c == "width" || c == "pos" || c == "id" && (table == "shelf" || table == "bus_consumer") {
					hexes[len(hexes)-1] = "COALESCE(CAST(" + c + " AS CHAR), 'NULL')"
				}
			}
			rows, err := db.QueryContext(t.Context(), "SELECT "+strings.Join(hexes, ", ")+" FROM "+table)
			require.NoError(t, err)
			defer rows.Close()
			for rows.Next() {
				row, into := make([]string, len(hexes)), make([]any, len(hexes))
				for i := range row {
					into[i] = &row[i]
				}
				require.NoError(t, rows.Scan(into...))
				for i, text := range row {
					if len(text) > 100 {
						row[i] = fmt.Sprintf("%x", sha256.Sum256([]byte(text)))
					}
				}
				lines = append(lines, table+": "+strings.Join(row, " "))
			}
			require.NoError(t, rows.Err())
		}
	})
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

// direction is one way to move.
type direction struct{ from, to sqldb.Engine }

// eachWay runs a subtest for each direction.
func eachWay(t *testing.T, test func(t *testing.T, from, to dbtest.Engine)) {
	t.Helper()
	inDirections(t, []direction{{sqldb.SQLite, sqldb.SQLite}, {sqldb.SQLite, sqldb.MySQL}, {sqldb.MySQL, sqldb.MySQL}, {sqldb.MySQL, sqldb.SQLite}}, test)
}

func inDirections(t *testing.T, list []direction, test func(t *testing.T, from, to dbtest.Engine)) {
	t.Helper()
	for _, d := range list {
		t.Run(fmt.Sprintf("%s to %s", d.from, d.to), func(t *testing.T) {
			t.Parallel()
			test(t, dbtest.Only(t, d.from), dbtest.Only(t, d.to))
		})
	}
}

func moving(from, to sqldb.Location) move.Move {
	return move.Move{Module: depot, From: from, To: to, Scripts: scripts(), Now: time.Now, Tell: func(move.Progress) {}}
}

func resuming(from, to sqldb.Location) move.Move {
	m := moving(from, to)
	m.Resume = true
	return m
}

func backing(from, to sqldb.Location) move.Move {
	m := moving(from, to)
	m.Back = true
	return m
}

// cut runs a move that ends at its n-th report, as if its process had been told to stop there; false: it
// was done before.
func cut(ctx context.Context, m move.Move, n int) (bool, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	told := 0
	m.Tell = func(move.Progress) {
		if told++; told == n {
			cancel()
		}
	}
	err := m.Run(ctx)
	return told >= n && err != nil, err
}

// cutWhen runs a move that ends when it has come to a state.
func cutWhen(t *testing.T, m move.Move, s move.State) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	m.Tell = func(p move.Progress) {
		if p.State == s && p.Table == "" {
			cancel()
		}
	}
	require.ErrorIs(t, m.Run(ctx), context.Canceled)
	status, err := m.Status(t.Context())
	require.NoError(t, err)
	require.Equal(t, s, status.State)
}
