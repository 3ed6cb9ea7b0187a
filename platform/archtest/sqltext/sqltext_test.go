package sqltext_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/archtest/sqltext"
)

func TestTablesAreFoundWhereverAStatementCanNameThem(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]string{
		"SELECT 1":                       "",
		"SELECT `from`, \"join\" FROM x": "x",
		"INTO x":                         "x",
		"SELECT a FROM (WITH c AS (SELECT a FROM x) SELECT a FROM c) d, y":        "x (c) y",
		"SELECT a FROM x WHERE b IN(SELECT c FROM y) AND EXISTS(SELECT d FROM z)": "x y z",
		"SELECT a FROM":         "?",
		"SELECT a FROM x JOIN ": "x ?",

		"SELECT a FROM x": "x",
		"SELECT a, b FROM x, y AS z, w q WHERE a IN (1, 2)":                                                                "x y w",
		"SELECT a FROM (x, y) LEFT JOIN z USING (id), w":                                                                   "x y z w",
		"SELECT a FROM x STRAIGHT_JOIN y ON x.a = y.b AND f(x.c, y.d), z":                                                  "x y z",
		"SELECT (SELECT MAX(a) FROM y) FROM x":                                                                             "y x",
		"SELECT COALESCE((SELECT a FROM x), 0), TRIM(BOTH 'x' FROM y) FROM z":                                              "x z",
		"SELECT a IS NOT DISTINCT FROM b FROM x GROUP BY a, b ORDER BY c, d LIMIT 1, 2":                                    "x",
		"SELECT a FROM x UNION ALL SELECT b FROM y EXCEPT SELECT c FROM z":                                                 "x y z",
		"SELECT a FROM x WHERE b = 'FROM y' AND c = 'it''s FROM y' AND d = 'a\\' FROM y'":                                  "x",
		"SELECT a FROM x -- FROM y\n, z /* , w */":                                                                         "x z",
		"SELECT a FROM x /*!50000 , y */ /*M!100100 JOIN z */":                                                             "x y z",
		"SELECT a FROM `x`, \"y\", [z], `s`.`w`":                                                                           "x y z s.w",
		"SELECT a FROM s.x":                                                                                                "s.x",
		"SELECT a FROM json_each(?) j JOIN x ON x.a = j.value":                                                             "x",
		"SELECT a FROM x, LATERAL (SELECT b FROM y) AS l":                                                                  "x y",
		"SELECT a FROM x FOR UPDATE OF x SKIP LOCKED":                                                                      "x",
		"(SELECT a FROM x) UNION (SELECT a FROM y)":                                                                        "x y",
		"WITH c AS (SELECT a FROM x), d (a, b) AS (SELECT a, b FROM c) SELECT a FROM d, y":                                 "x (c) (d) y",
		"WITH RECURSIVE c AS (SELECT a FROM x UNION SELECT a FROM c) DELETE FROM y":                                        "x (c) y",
		"INSERT INTO x (a, b) VALUES (?, ?), (?, ?)":                                                                       "x",
		"INSERT IGNORE x VALUES (1)":                                                                                       "x",
		"INSERT OR REPLACE INTO x (a) SELECT a FROM y":                                                                     "x y",
		"INSERT INTO x SELECT a FROM y ON DUPLICATE KEY UPDATE a = 1, b = VALUES(b)":                                       "x y",
		"INSERT INTO x (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 1, c = 2 RETURNING a":                              "x",
		"REPLACE INTO x (a) VALUES (REPLACE(?, 'a', 'b'))":                                                                 "x",
		"UPDATE x SET a = (SELECT b FROM y), c = 2 WHERE d = 1":                                                            "x y",
		"UPDATE x, y z JOIN w ON z.a = w.a SET x.a = 1, z.b = 2":                                                           "x y w",
		"UPDATE x SET a = 1 FROM y WHERE x.b = y.b":                                                                        "x y",
		"DELETE x FROM x JOIN y ON x.a = y.a":                                                                              "x y",
		"DELETE FROM x USING x, y WHERE x.a = y.a":                                                                         "x y",
		"CREATE TABLE IF NOT EXISTS x (a INT, b INT REFERENCES y (c), FOREIGN KEY (a) REFERENCES z (a) ON UPDATE CASCADE)": "+x y z",
		"CREATE TEMPORARY TABLE x AS SELECT a, b FROM y":                                                                   "+x y",
		"CREATE UNIQUE INDEX i ON x (a, b)":                                                                                "x",
		"CREATE VIEW v AS SELECT a FROM x":                                                                                 "x",
		"CREATE TRIGGER t AFTER UPDATE ON x FOR EACH ROW INSERT INTO y VALUES (1)":                                         "x y",
		"ALTER TABLE x ADD COLUMN a INT, ADD COLUMN b INT, RENAME COLUMN c TO d":                                           "x",
		"ALTER TABLE x RENAME TO y":                                                                                        "-x +y",
		"RENAME TABLE x TO y":                                                                                              "-x +y",
		"DROP TABLE IF EXISTS x, y":                                                                                        "-x -y",
		"DROP INDEX i ON x":                                                                                                "x",
		"TRUNCATE TABLE x":                                                                                                 "x",
		"LOCK TABLES x READ, y WRITE":                                                                                      "x y",
		"TABLE x":                                                                                                          "x",
		"DELETE FROM x; UPDATE y SET a = 1":                                                                                "x y",
		" LEFT JOIN x ON x.a = b":                                                                                          "x",
		"SELECT a FROM " + sqltext.Hole:                                                                                    "?",
		// What the parser of sqlcheck does not know, or drops.
		"SELECT a FROM .x": "x",
		"SELECT 1.FROM x":  "x",
		"SELECT a FROM (SELECT a, b FROM x, y) AS c (d, e), z":        "x y z",
		"SELECT a INTO OUTFILE '/f' FROM x":                           "x",
		"SELECT a INTO @v FROM x":                                     "x",
		"LOCK TABLES x AS a READ LOCAL, s.y WRITE":                    "x s.y",
		"HANDLER x OPEN":                                              "x",
		"CHECKSUM TABLE x, y":                                         "x y",
		"OPTIMIZE TABLES x, y":                                        "x y",
		"UNLOCK TABLES":                                               "",
		"CREATE TABLE x (a INT REFERENCES y (b), c INT REFERENCES z)": "+x y z",
		"SELECT a FROM JSON_TABLE(?, '$[*]' COLUMNS (b INT PATH '$.from')) AS j, x":      "x",
		"SELECT a FROM x FOR SYSTEM_TIME ALL, y":                                         "x y",
		"INSERT INTO x (a) SELECT 1 FROM y RETURNING a, b":                               "x y",
		"DELETE FROM x WHERE CONVERT(a USING utf8) = b AND c IN (SELECT d FROM y)":       "x y",
		"CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW BEGIN UPDATE y SET a = 1; END": "x y",
		"ALTER TABLE x RENAME a TO b":                                                    "x",
		"RENAME USER x TO y":                                                             "",
		"SELECT x.from, :join, @into, y.table FROM z":                                    "z",
		// What the engines read differently counts by either reading.
		"SELECT 5--1 FROM x":               "x",
		"SELECT 'a\\', 1 FROM x -- '":      "x",
		"SELECT a FROM x # , y":            "x",
		"SELECT a FROM 'x' JOIN \"y\"":     "x y",
		"SELECT a FROM [x y], [z]":         "x z x y",
		"SELECT \"a\\\", b FROM x -- \"":   "x",
		"SELECT a FROM `x``y`, \"z\"\"w\"": "x`y z\"w",
		"SELECT a FROM x {{.More}}":        "x",
		"SELECT a FROM {{.Table}}":         "?",
		"SELECT a FROM shard_" + sqltext.Hole + " WHERE b IN (" + sqltext.Hole + ")": "shard_?",
		"SELECT a FROM x WHERE b IN (" + sqltext.Hole + ") " + sqltext.Hole:          "x",
	} {
		require.Equal(t, want, told(sqltext.Tables(sql)), sql)
	}
}

// told writes uses as words: +x is made, -x is dropped, (x) is a WITH, s.x has a schema.
func told(uses []sqltext.Use) string {
	list := make([]string, 0, len(uses))
	for _, u := range uses {
		name := strings.ReplaceAll(u.Table, sqltext.Hole, "?")
		switch {
		case u.Schema != "":
			name = u.Schema + "." + name
		case u.Created:
			name = "+" + name
		case u.Dropped:
			name = "-" + name
		case u.Subquery:
			name = "(" + name + ")"
		}
		list = append(list, name)
	}
	return strings.Join(list, " ")
}

func TestStatementsAreToldFromMessages(t *testing.T) {
	t.Parallel()
	for _, sql := range []string{
		"SELECT a FROM x", "\n\t(SELECT 1)", "-- why\nUPDATE x SET a = 1", "EXPLAIN SELECT a FROM x", "REPLACE INTO x VALUES (1)",
		"WITH c AS (SELECT 1) SELECT a FROM c", "CREATE TABLE x (a INT)", "LOCK TABLES x READ", "TRUNCATE x", "TRUNCATE TABLE x",
	} {
		require.True(t, sqltext.Statement(sql), sql)
	}
	for _, message := range []string{
		"", "SELECT", "UPDATE failed", "DELETE", "INSERT coin", "Select a colour from the list", "REPLACE the battery", "CREATE something", "TRUNCATE", "TRUNCATE the rest",
	} {
		require.False(t, sqltext.Statement(message), message)
	}
}

func TestWhatReachesPastTheTablesOfASchemaIsFound(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]sqltext.Reach{
		"USE s":                                                    sqltext.Elsewhere,
		"/*! USE s */":                                             sqltext.Elsewhere,
		"ATTACH ? AS s":                                            sqltext.Elsewhere,
		"SHOW FULL TABLES IN s":                                    sqltext.Catalogue,
		"ALTER TABLE x ENGINE='Federated'":                         sqltext.Elsewhere,
		"CREATE TABLE x (a INT) UNION=(y)":                         sqltext.Elsewhere,
		"SELECT 1 FROM pragma_index_list(?)":                       sqltext.Catalogue,
		"PRAGMA table_info(x)":                                     sqltext.Catalogue,
		"SELECT get_lock('x', 1)":                                  sqltext.Server,
		"DO RELEASE_ALL_LOCKS ()":                                  sqltext.Server,
		"SELECT SLEEP(1) FROM x":                                   sqltext.Server,
		"SELECT a FROM x WHERE b = @b":                             sqltext.Server,
		"SELECT @@global.x":                                        sqltext.Server,
		"UPDATE x SET a = NEXT VALUE FOR y":                        sqltext.Server,
		"INSERT INTO x VALUES (NEXTVAL(y))":                        sqltext.Server,
		"UPDATE x SET a = NOW(6)":                                  sqltext.Time,
		"DELETE FROM x WHERE a < UTC_TIMESTAMP()":                  sqltext.Time,
		"DELETE FROM x WHERE a < CURRENT_DATE":                     sqltext.Time,
		"ALTER TABLE x ADD COLUMN a INT DEFAULT CURRENT_TIMESTAMP": sqltext.Time,
		"SELECT unixepoch()":                                       sqltext.Time,
		"SELECT unixepoch('subsec')":                               sqltext.Time,
		"SELECT strftime('%s', 'now')":                             sqltext.Time,
		"SELECT UNIX_TIMESTAMP()":                                  sqltext.Time,
		"SELECT 1; PREPARE p FROM @x":                              sqltext.Unread,
		"CREATE OR REPLACE DEFINER = 'a'@'b' SQL SECURITY INVOKER VIEW v AS SELECT 1": sqltext.Unread,
		"CALL s.p()":                      sqltext.Unread,
		"SELECT LOAD_FILE('/f')":          sqltext.Unread,
		"SELECT a FROM x INTO DUMPFILE ?": sqltext.Unread,
		"PRAGMA x":                        sqltext.Shared,
		"SET @@global.x = 1":              sqltext.Shared,
		"GRANT ALL ON x TO y":             sqltext.Shared,
		"SELECT 1 -- ' \\\n; PRAGMA x":    sqltext.Shared,
		"SELECT 1 --'\n; PRAGMA x":        sqltext.Shared,
		"KILL QUERY 7":                    sqltext.Shared,
	} {
		found := sqltext.Escapes(sql)
		require.Len(t, found, 1, sql)
		require.Equal(t, want, found[0].Reach, sql)
	}
	for _, sql := range []string{
		"", ";;", "SELECT use, call FROM x", "UPDATE x SET a = 1", "SET a = 1", "CREATE TABLE view_event (trigger_at INT)",
		"CREATE UNIQUE INDEX i ON x (event)", "ALTER TABLE x ADD COLUMN view_count INT", "SELECT a FROM x UNION (SELECT b FROM y)",
		"CREATE TABLE x AS SELECT a FROM y UNION (SELECT b FROM z)", "SELECT 'USE s' -- ; USE s", "SELECT engine = 'CONNECT', connection = 'x' FROM y",
		"USE the other one", "CALL me later", "SHOW must go on", "LOAD is high", "USING (a)", "SELECT 'pragma_x'",
		"SELECT now, sleep, x.current_date, date FROM x", "SELECT DATE(a), UNIX_TIMESTAMP(a), unixepoch(a), strftime('%s', a) FROM x",
		"SELECT '@a', a AS now FROM x WHERE b = 'NOW()' AND c = 'a@b'", "SELECT next, value FROM x",
	} {
		require.Empty(t, sqltext.Escapes(sql), sql)
	}
}

func TestLocksAndWaitsOfTheWholeServerAreFound(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]string{
		"SELECT GET_LOCK('a', 1)": "GET_LOCK", "DO sleep (1)": "sleep", "SELECT BENCHMARK(9, 1)": "BENCHMARK",
		"SELECT sleep FROM x": "", "SELECT 'SLEEP(1)'": "", "INSERT INTO x (get_lock) VALUES (1)": "",
	} {
		require.Equal(t, want, sqltext.ServerWide(sql), sql)
	}
}

func FuzzTables(f *testing.F) {
	for _, seed := range []string{"SELECT a FROM `x` /*! JOIN [y] */ 'z", "WITH c (a", "INSERT INTO (", "[", "\"", "))--"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		for _, use := range sqltext.Tables(sql) {
			require.Less(t, use.Offset, len(sql))
		}
		for _, escape := range sqltext.Escapes(sql) {
			require.Less(t, escape.Offset, len(sql))
		}
		sqltext.Statement(sql)
	})
}
