package sqlcheck_test

import (
	"strings"
	"testing"

	"github.com/pingcap/tidb/pkg/parser"
	"github.com/stretchr/testify/require"
)

// corpus is what MySQL's grammar allows where a table may stand, and where one only seems to. Statements
// are separated by empty lines.
const corpus = `
SELECT 1

SELECT 1 FROM DUAL

SELECT a FROM x

SELECT a, b FROM x, y AS z, w q WHERE a IN (1, 2)

SELECT a FROM (x, y) LEFT JOIN z USING (id), w

SELECT a FROM x STRAIGHT_JOIN y ON x.a = y.b AND f(x.c, y.d), z

SELECT STRAIGHT_JOIN a, b FROM x, y

SELECT DISTINCT STRAIGHT_JOIN a, b FROM x, y

SELECT (SELECT MAX(a) FROM y) FROM x

SELECT COALESCE((SELECT a FROM x), 0), TRIM(BOTH 'x' FROM y) FROM z

SELECT TRIM(LEADING FROM a), TRIM((a) FROM (b)), SUBSTRING(a FROM 1 FOR 2), EXTRACT(DAY_HOUR FROM b), POSITION('a' IN b) FROM x, y

SELECT a FROM x UNION ALL SELECT b FROM y EXCEPT SELECT c FROM z

SELECT a FROM x UNION (SELECT b FROM y ORDER BY c, d LIMIT 1, 2) ORDER BY a, b

(SELECT a FROM x) UNION (SELECT a FROM y) INTERSECT (SELECT a FROM z)

SELECT a FROM x WHERE b = 'FROM y' AND c = 'it''s FROM y' AND d = 'a\' FROM y'

SELECT a FROM x WHERE b = "FROM y" AND c = "it""s FROM y" AND d = "a\" FROM y"

SELECT '\\', a FROM x, y WHERE b = '\\' OR c IN (SELECT d FROM z)

SELECT a FROM x -- FROM y
, z /* , w */ # , v

SELECT 5--1 FROM x

SELECT 5--(SELECT a FROM y) FROM x

SELECT a FROM x /*!50000 , y */ /*! JOIN z */

SELECT /*+ JOIN_ORDER(t1, t2) MAX_EXECUTION_TIME(1) */ a FROM x, y

SELECT a/**/FROM/**/x/**/,/**/y

SELECT a FROM/* x */y

SELECT a FROM ` + "`x`, `s`.`w`, `a.b`, `c``d`, s.`e f`, `g`.h" + `

SELECT a FROM s.x, s . y, s/**/./**/z

SELECT a FROM .x

SELECT x.from, x.table, x.join, y.update FROM x, y

SELECT x.*, s.y.* FROM x, s.y

SELECT a FROM $x, x$y, żółw, _z, 1st, s.2nd

SELECT 1.FROM x

SELECT .5 FROM x

SELECT 1e3, 0x1F, x'41', b'01', N'from y', _utf8mb4'from y', _latin1 X'41' FROM x

SELECT 'a' 'from y' FROM x

SELECT @from, @` + "`join`" + `, @@global.sort_buffer_size, @a := 1 FROM x

SELECT a FROM x AS value, y

SELECT a FROM x value, y conflict, z duplicate JOIN w ON 1

SELECT a AS value, b AS tables FROM x, y

SELECT tables, value FROM x, y

SELECT a FROM x USE INDEX (i, j), y FORCE INDEX FOR JOIN (i), z IGNORE INDEX FOR ORDER BY (i), w USE INDEX FOR GROUP BY (i), v

SELECT a FROM x PARTITION (p, q) AS b, y

SELECT a FROM { OJ x LEFT JOIN y ON x.a = y.a }, z

SELECT a FROM ((x JOIN y ON x.a = y.a), (z)), w

SELECT a FROM ((SELECT a FROM x)) AS b, y

SELECT a FROM (SELECT a, b FROM x, y) AS c (d, e), z

SELECT a FROM x, LATERAL (SELECT b FROM y) AS l

SELECT a FROM x NATURAL LEFT JOIN y CROSS JOIN z INNER JOIN w RIGHT OUTER JOIN v USING (a, b)

SELECT a FROM x JOIN y JOIN z ON y.a = z.a ON x.a = y.a, w

SELECT a FROM x JOIN (y, z) ON x.a = y.a AND x.b = (SELECT 1 FROM w)

SELECT a FROM x FOR UPDATE OF x SKIP LOCKED

SELECT a FROM x, y b FOR SHARE OF x, b NOWAIT

SELECT a FROM x LOCK IN SHARE MODE

SELECT a FROM x WHERE (a, b) IN (SELECT c, d FROM y) AND c > ALL (SELECT 1 FROM z) AND NOT EXISTS (SELECT 1 FROM w)

SELECT a FROM x WHERE a IN (TABLE y)

SELECT a FROM x GROUP BY a, b WITH ROLLUP HAVING c > (SELECT 1 FROM y) ORDER BY (SELECT 1 FROM z), d LIMIT 1 OFFSET 2

SELECT CASE WHEN a THEN (SELECT 1 FROM y) ELSE b END, IF(a, (SELECT 1 FROM z), c), INSERT(a, 1, 2, 'x'), REPLACE(a, b, c), TRUNCATE(a, 1) FROM x

SELECT SUM(a) OVER (PARTITION BY b, c ORDER BY d, e ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), RANK() OVER w FROM x, y WINDOW w AS (ORDER BY f, g), v AS (w)

SELECT NTH_VALUE(a, 2) FROM FIRST OVER (ORDER BY b), LAG(a, 1) RESPECT NULLS OVER (ORDER BY b) FROM x

SELECT GROUP_CONCAT(DISTINCT a ORDER BY b, c SEPARATOR ','), COUNT(DISTINCT a, b), CONVERT(a USING utf8mb4), CAST(a AS CHAR), MATCH (a, b) AGAINST ('c' IN BOOLEAN MODE) FROM x

SELECT a -> '$.from', b ->> '$.join', a MEMBER OF (b), INTERVAL 1 DAY + c FROM x

SELECT a INTO OUTFILE '/f' FROM x

SELECT a INTO @v FROM x

WITH c AS (SELECT a FROM x), d (a, b) AS (SELECT a, b FROM c) SELECT a FROM d, y

WITH RECURSIVE c AS (SELECT a FROM x UNION SELECT a FROM c) DELETE FROM y WHERE a IN (SELECT a FROM c)

WITH c AS (TABLE x) SELECT a FROM c, s.c

SELECT a FROM (WITH c AS (SELECT a FROM x) SELECT a FROM c) d, y

WITH c AS (SELECT a FROM x) UPDATE y, c SET y.a = c.a

INSERT INTO x (a, b) VALUES (?, ?), (?, ?)

INSERT IGNORE x VALUES (1)

INSERT LOW_PRIORITY IGNORE INTO s.x (a) VALUES (DEFAULT)

INSERT HIGH_PRIORITY x (a) SELECT a FROM y

INSERT x(a) VALUES ((SELECT 1 FROM y))

INSERT INTO x PARTITION (p, q) (a) VALUES (1)

INSERT INTO x SET a = 1, b = (SELECT 1 FROM y)

INSERT INTO x SELECT a FROM y ON DUPLICATE KEY UPDATE a = 1, b = VALUES(b)

INSERT INTO x (a) (SELECT a FROM y, z) ON DUPLICATE KEY UPDATE a = (SELECT 1 FROM w)

INSERT INTO x TABLE y

INSERT INTO x WITH c AS (SELECT a FROM y) SELECT a FROM c

REPLACE INTO x (a) VALUES (REPLACE(?, 'a', 'b'))

REPLACE LOW_PRIORITY x SELECT a FROM y, z

UPDATE x SET a = (SELECT b FROM y), c = 2 WHERE d = 1

UPDATE LOW_PRIORITY IGNORE x AS b SET a = 1

UPDATE x, y z JOIN w ON z.a = w.a SET x.a = 1, z.b = 2

UPDATE (x JOIN y ON x.a = y.a), z SET x.a = 1

UPDATE x JOIN (SELECT a FROM y) b USING (a) SET x.a = 1 ORDER BY c, d LIMIT 1

DELETE FROM x WHERE CONVERT(a USING utf8mb4) = 'b'

DELETE LOW_PRIORITY QUICK IGNORE FROM x WHERE a = 1 ORDER BY b, c LIMIT 2

DELETE x FROM x JOIN y ON x.a = y.a

DELETE a, b FROM x AS a JOIN y AS b USING (c) WHERE a.d IN (SELECT 1 FROM z)

DELETE FROM a, b USING x AS a JOIN y AS b

DELETE FROM x USING x, y WHERE x.a = y.a

DELETE FROM x.* USING x JOIN y

DELETE FROM a USING (x AS a JOIN y)

EXPLAIN DELETE FROM a USING x AS a, y

CREATE TABLE IF NOT EXISTS x (a INT, b INT, FOREIGN KEY (a) REFERENCES s.z (a) ON UPDATE CASCADE ON DELETE SET NULL)

CREATE TABLE x (a INT DEFAULT 1 COMMENT 'from y', b INT AS (EXTRACT(YEAR FROM c)) STORED, c DATETIME ON UPDATE CURRENT_TIMESTAMP, KEY i (a, b), CHECK (a LIKE 'b'))

CREATE TABLE x LIKE y

CREATE TABLE x (LIKE s.y)

CREATE TEMPORARY TABLE x AS SELECT a, b FROM y

CREATE TABLE x (a INT) ENGINE = InnoDB, CHARSET = utf8mb4 SELECT a FROM y, z

CREATE TABLE x (a INT) PARTITION BY RANGE (a) (PARTITION p VALUES LESS THAN (1), PARTITION q VALUES LESS THAN MAXVALUE)

CREATE VIEW v AS SELECT a FROM x, y

CREATE OR REPLACE ALGORITHM = MERGE DEFINER = CURRENT_USER VIEW v (a, b) AS SELECT a, b FROM x

CREATE UNIQUE INDEX i ON x (a, b)

CREATE INDEX i USING BTREE ON s.x (a, (b + 1)) COMMENT 'from y'

DROP INDEX i ON x

ALTER TABLE x ADD COLUMN a INT, ADD COLUMN b INT, RENAME COLUMN c TO d

ALTER TABLE x RENAME TO y

ALTER TABLE x RENAME y

ALTER TABLE x RENAME AS s.y

ALTER TABLE x ADD COLUMN a INT, RENAME TO y

ALTER TABLE x RENAME INDEX a TO b, RENAME KEY c TO d

ALTER TABLE x ADD CONSTRAINT c FOREIGN KEY i (a) REFERENCES y (b), ALGORITHM = INPLACE, LOCK = NONE

ALTER TABLE x EXCHANGE PARTITION p WITH TABLE y

ALTER TABLE x REORGANIZE PARTITION p INTO (PARTITION q VALUES LESS THAN (1))

ALTER TABLE x ADD KEY (a, b), ORDER BY c, CONVERT TO CHARACTER SET utf8mb4

RENAME TABLE x TO y

RENAME TABLE x TO y, s.z TO s.w

DROP TABLE IF EXISTS x, s.y CASCADE

DROP TEMPORARY TABLE x

DROP TABLES x, y

TRUNCATE TABLE x

TRUNCATE s.x

LOCK TABLES x READ, y WRITE

LOCK TABLES x AS a READ LOCAL, s.y WRITE

UNLOCK TABLES

TABLE x

TABLE x ORDER BY a LIMIT 1

VALUES ROW(1, 2), ROW(3, 4)

DESCRIBE x

DESC s.x a

EXPLAIN x

EXPLAIN SELECT a FROM x

EXPLAIN FORMAT = 'brief' UPDATE x SET a = 1

EXPLAIN ANALYZE SELECT a FROM x, y

SHOW COLUMNS FROM x

SHOW FULL COLUMNS IN x FROM s LIKE 'a'

SHOW INDEX FROM s.x

SHOW KEYS IN x IN s

SHOW CREATE TABLE x

SHOW TABLES

SHOW TABLES LIKE 'x'

SHOW FULL TABLES FROM s

SHOW TABLE STATUS LIKE 'x'

SHOW VARIABLES LIKE 'from'

ANALYZE TABLE x, y

ANALYZE NO_WRITE_TO_BINLOG TABLE x

FLUSH TABLES x, y WITH READ LOCK

LOAD DATA INFILE '/f' INTO TABLE x (a, @b) SET c = @b

LOAD DATA LOCAL INFILE '/f' REPLACE INTO TABLE s.x FIELDS TERMINATED BY ',' IGNORE 1 LINES

CALL p(1, 2)

PREPARE p FROM 'SELECT a FROM x'

PREPARE p FROM @x

EXECUTE p USING @a, @b

USE s

SET @a = (SELECT b FROM x)

SET NAMES utf8mb4

SET GLOBAL x = 1, SESSION y = 2

DO (SELECT a FROM x)

DELETE FROM x; UPDATE y SET a = 1; WITH c AS (SELECT 1 FROM z) SELECT 1 FROM c
`

// TestBothReadersFindTheSameTablesInTheCorpus compares them on statements that are hard to read.
func TestBothReadersFindTheSameTablesInTheCorpus(t *testing.T) {
	t.Parallel()
	p := parser.New()
	compared := 0
	var refused []string
	for text := range strings.SplitSeq(strings.TrimSpace(corpus), "\n\n") {
		nodes, _, err := p.Parse(text, "", "")
		if err != nil {
			refused = append(refused, text)
			continue
		}
		compared++
		if difference := differ(nodes, text); difference != "" {
			t.Errorf("%s\n%s", difference, text)
		}
	}
	t.Logf("%d statements compared; the parser does not know %d: %q", compared, len(refused), refused)
	require.Greater(t, compared, 100)
}
