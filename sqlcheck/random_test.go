package sqlcheck_test

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pingcap/tidb/pkg/parser"
	"github.com/stretchr/testify/require"
)

// grammar makes statements. A word in angle brackets is replaced by one of its alternatives.
func grammar() map[string][]string {
	return map[string][]string{
		"statement": {
			"<select>", "<select>", "<select>", "<select> UNION ALL <select>", "(<select>) EXCEPT (<select>)",
			"WITH c AS (<select>) <select>", "WITH RECURSIVE c AS (<select>), d (a, b) AS (<select>) SELECT a FROM c, d, <table>",
			"INSERT INTO <table> (a, b) VALUES (<value>, <value>), (?, ?)", "INSERT IGNORE <table> SET a = <value>, b = <value>",
			"INSERT INTO <table> <select> ON DUPLICATE KEY UPDATE a = <value>, b = VALUES(b)", "INSERT INTO <table> TABLE <table>",
			"REPLACE INTO <table> (a) <select>", "REPLACE <table> VALUES (<value>)",
			"UPDATE <from> SET a = <value>, b = <value> WHERE <condition>", "UPDATE LOW_PRIORITY IGNORE <table> AS e SET a = <value>",
			"DELETE FROM <table> WHERE <condition> ORDER BY a, b LIMIT 1", "DELETE e, f FROM <from> WHERE <condition>", "DELETE FROM e, f USING <from>",
			"CREATE TABLE <table> (a INT, FOREIGN KEY (a) REFERENCES <table> (a) ON DELETE CASCADE)", "CREATE TABLE <table> LIKE <table>",
			"CREATE TABLE <table> AS <select>", "CREATE TABLE <table> (LIKE <table>)", "CREATE INDEX i ON <table> (a, b)", "DROP INDEX i ON <table>",
			"ALTER TABLE <table> ADD a INT, RENAME TO <table>", "ALTER TABLE <table> EXCHANGE PARTITION p WITH TABLE <table>",
			"RENAME TABLE <table> TO <table>, <table> TO <table>", "DROP TABLE IF EXISTS <table>, <table>", "TRUNCATE <table>",
			"LOCK TABLES <table> READ, <table> WRITE", "TABLE <table>", "DESCRIBE <table>", "EXPLAIN <select>", "ANALYZE TABLE <table>, <table>",
		},
		"select": {
			"SELECT <value> FROM <from>", "SELECT <value>, <value> AS g FROM <from> WHERE <condition>",
			"SELECT STRAIGHT_JOIN a, <value> FROM <from> WHERE <condition> GROUP BY a, b HAVING <condition> ORDER BY <value>, a LIMIT 1, 2",
			"SELECT a FROM <from> FOR UPDATE SKIP LOCKED", "SELECT a, RANK() OVER (PARTITION BY a, b ORDER BY <value>, b) FROM <from> WINDOW w AS (ORDER BY a, b)",
			"SELECT <value>",
		},
		"from": {
			"<item>", "<item>", "<item>, <item>", "<item>, <from>", "<item> JOIN <item> ON <condition>", "<item> LEFT JOIN <item> USING (a, b), <item>",
			"(<from>), <item>", "<item> STRAIGHT_JOIN <item> ON <condition>", "<item> NATURAL JOIN (<from>)", "{ OJ <item> LEFT JOIN <item> ON <condition> }",
		},
		"item": {
			"<table>", "<table>", "<table> e", "<table> AS f", "(<select>) AS h", "<table> value", "<table> PARTITION (p, q) e",
			"<table> USE INDEX (i, j)", "<table> FORCE INDEX FOR JOIN (i)", "LATERAL (<select>) AS l", "<table> IGNORE INDEX FOR ORDER BY (i)",
		},
		"value": {
			"a", "e.b", "?", "1", "1.5e3", "'FROM z'", "\"JOIN z\"", "'it''s'", "'\\'', z'", "x'41'", "_utf8mb4'z'", "N'z'", "@from", "e.from", "(<select>)",
			"COALESCE(<value>, <value>)", "TRIM(LEADING <value> FROM <value>)", "EXTRACT(YEAR FROM <value>)", "SUBSTRING(<value> FROM 1 FOR 2)",
			"CASE WHEN <condition> THEN <value> ELSE <value> END", "REPLACE(<value>, 'a', 'b')", "INSERT(a, 1, 2, 'x')", "CONVERT(<value> USING utf8mb4)",
			"a -> '$.from'", "VALUES(a)", "CAST(<value> AS CHAR)", "COUNT(DISTINCT a, b)",
		},
		"condition": {
			"<value> = <value>", "<value> IN (<value>, <value>)", "a IN (<select>)", "EXISTS (<select>)", "(a, b) IN (<select>)", "a LIKE <value>",
			"<condition> AND <condition>", "NOT (<condition> OR <condition>)", "a > ALL (<select>)", "a IN (TABLE <table>)", "MATCH (a, b) AGAINST ('c')",
		},
		"table": {
			"x", "y", "s.z", "`w`", "`s`.`v`", "`a.b`", "`from`", "s.select", "1st", "$u", "x$y", "żółw", "quick", "fail", "tables", "value", "c", "S . X", "`it``s`", "status", "first",
		},
	}
}

// space stands between words: now and then a comment that says something.
func space(r *rand.Rand) string {
	switch r.IntN(40) {
	case 0:
		return " /* FROM z, */ "
	case 1:
		return " -- JOIN z\n"
	case 2:
		return " # , z'\n"
	case 3:
		return "\n\t"
	case 4:
		return " /*+ z */ "
	}
	return " "
}

func sentence(r *rand.Rand, rules map[string][]string, rule string, depth int) string {
	alternatives := rules[rule]
	text := alternatives[r.IntN(len(alternatives))]
	if depth > 7 {
		text = map[string]string{"select": "SELECT 1", "from": "x", "item": "y", "value": "?", "condition": "1"}[rule]
		if text == "" {
			text = alternatives[0]
		}
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "<")
		b.WriteString(before)
		name, after, closed := strings.Cut(rest, ">")
		if !found {
			return b.String()
		}
		if !closed || rules[name] == nil {
			b.WriteString("<")
			text = rest
			continue
		}
		b.WriteString(space(r))
		b.WriteString(sentence(r, rules, name, depth+1))
		b.WriteString(space(r))
		text = after
	}
}

// TestBothReadersFindTheSameTablesInRandomStatements makes thousands of statements, the same each time.
func TestBothReadersFindTheSameTablesInRandomStatements(t *testing.T) {
	t.Parallel()
	const made = 6000
	p, rules := parser.New(), grammar()
	compared, wrong := 0, 0
	for seed := range uint64(made) {
		text := sentence(rand.New(rand.NewPCG(seed, 4)), rules, "statement", 0)
		nodes, _, err := p.Parse(text, "", "")
		if err != nil {
			continue
		}
		compared++
		if difference := differ(nodes, text); difference != "" && wrong < 3 {
			wrong++
			t.Errorf("seed %d: %s\n%s", seed, difference, text)
		}
	}
	t.Logf("%d of %d statements parsed and compared", compared, made)
	require.Greater(t, compared*2, made, "most statements must be ones that the parser takes")
}

// FuzzBothReaders compares them on whatever text the parser takes, where the engines split it alike.
func FuzzBothReaders(f *testing.F) {
	for text := range strings.SplitSeq(strings.TrimSpace(corpus), "\n\n") {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		split := strings.Contains(text, "--") || strings.Contains(text, "/*") || strings.ContainsAny(text, "\\#[{\x00") || regexp.MustCompile(`\d\.`).MatchString(text)
		nodes, _, err := parser.New().Parse(text, "", "")
		if err != nil || split || !utf8.ValidString(text) {
			return
		}
		if difference := differ(nodes, text); difference != "" {
			t.Errorf("%s\n%s", difference, text)
		}
	})
}
