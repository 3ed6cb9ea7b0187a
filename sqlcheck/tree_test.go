package sqlcheck_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pingcap/tidb/pkg/parser"
	"github.com/pingcap/tidb/pkg/parser/ast"
	_ "github.com/pingcap/tidb/pkg/parser/test_driver" // the parser makes its literals by it
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/archtest"
	"github.com/banyan-commerce/banyan/platform/archtest/sqltext"
)

// TestBothReadersFindTheSameTablesInTheTree reads every statement of the tree a second time, by a
// parser, and wants the tables that the rules saw.
func TestBothReadersFindTheSameTablesInTheTree(t *testing.T) {
	t.Parallel()
	tree, err := archtest.Load("..")
	require.NoError(t, err)
	c := count{refused: map[string]int{}}
	p := parser.New()
	for _, s := range tree.Statements() {
		if strings.HasPrefix(s.File, "platform/archtest/") || strings.HasPrefix(s.File, "sqlcheck/") {
			continue // tests of the readers themselves
		}
		if !s.Whole {
			c.pieces++
			continue
		}
		c.compare(t, p, s)
	}
	t.Log(c)
	require.Positive(t, c.scripts, "no statement of a migration was compared")
	require.Greater(t, c.whole, 400, "statements were lost on the way")
	require.GreaterOrEqual(t, c.parsed*10, c.whole*9, "less than nine of ten statements were compared")
}

type count struct {
	whole, parsed, scripts, pieces int
	refused                        map[string]int // by what SQLite's dialect has and MySQL's has not
}

func (c count) String() string {
	refused := 0
	for _, n := range c.refused {
		refused += n
	}
	return fmt.Sprintf("%d statements, %d parsed (%d of scripts), tables agree; %d refused: %v; %d pieces, which no parser takes",
		c.whole, c.parsed, c.scripts, refused, c.refused, c.pieces)
}

func (c *count) compare(t *testing.T, p *parser.Parser, s archtest.Statement) {
	t.Helper()
	c.whole++
	text := translate(s.Text)
	if strings.Contains(text, "{{") {
		t.Errorf("%s:%d: a word of migrations that this test does not know", s.File, s.Line)
	}
	nodes, filled, err := fill(p, text)
	if err != nil {
		word, known := strange(text)
		if !known {
			t.Errorf("%s:%d: the parser refuses what is not SQLite's alone: %v\n%s", s.File, s.Line, err, shown(text))
		}
		c.refused[word]++
		t.Logf("refused for %s: %s:%d", word, s.File, s.Line)
		return
	}
	c.parsed++
	if s.Script {
		c.scripts++
	}
	if difference := differ(nodes, filled); difference != "" {
		t.Errorf("%s:%d: %s\n%s", s.File, s.Line, difference, shown(filled))
	}
	found, _ := tablesRead(sqltext.Tables(filled))
	unfilled, _ := tablesRead(s.Tables)
	for _, table := range unfilled {
		if !strings.Contains(table, sqltext.Hole) && !slices.Contains(found, table) {
			t.Errorf("%s:%d: filling the holes lost table %s", s.File, s.Line, table)
		}
	}
}

// differ tells how the readers differ on a text that the parser took, "" when they agree.
func differ(nodes []ast.StmtNode, text string) string {
	want, wantWith := tablesOf(nodes)
	got, gotWith := tablesRead(sqltext.Tables(text))
	if !slices.Equal(want, got) || !slices.Equal(wantWith, gotWith) {
		return fmt.Sprintf("the parser found tables %q, %q of them in a WITH; the rules %q, %q", want, wantWith, got, gotWith)
	}
	return ""
}

// translate puts MySQL's words in the place of those that migrations may say (platform/migrate).
func translate(text string) string {
	return strings.NewReplacer(
		"{{auto_pk}}", "BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY",
		"{{blob}}", "LONGBLOB", "{{text}}", "LONGTEXT", "{{clustered}}", "",
	).Replace(text)
}

// standIns are what a hole may be: a value, a list of rows or values, a name, an operator, nothing.
func standIns() []string {
	return []string{"1", "(1)", "(1, 1)", "", "= 1", "x1", "AND 1", "WHERE 1", "x1 = 1", ", 1", "IN (1)", "ASC", "LIMIT 1", "SELECT 1", "BIGINT", "x1 BIGINT", "x1 READ"}
}

// fill finds stand-ins for the holes with which the parser takes the text. Up to three holes take any
// mixture, further ones what the third has.
func fill(p *parser.Parser, text string) ([]ast.StmtNode, string, error) {
	parts := strings.Split(strings.ReplaceAll(text, "%s", sqltext.Hole), sqltext.Hole) // a pattern is filled elsewhere
	nodes, _, first := p.Parse(text, "", "")
	if first == nil {
		return nodes, text, nil
	}
	ends := []string{"", " 1", " (1)", " x1", " 1) x1", " (x1) VALUES (1)", " 1 THEN 1 END FROM x1"} // it may go on elsewhere
	for _, end := range ends {
		for _, a := range standIns() {
			for _, b := range standIns() {
				for _, c := range standIns() {
					in := []string{a, b, c}
					filled := parts[0]
					for i, part := range parts[1:] {
						filled += " " + in[min(i, 2)] + " " + part
					}
					filled += end
					nodes, _, err := p.Parse(filled, "", "")
					if err == nil {
						return nodes, filled, nil
					}
					first = err
					if len(parts) < 4 {
						break
					}
				}
				if len(parts) < 3 {
					break
				}
			}
			if len(parts) < 2 {
				break
			}
		}
	}
	return nil, "", first
}

// strange tells what a text says that MySQL's grammar, as the parser knows it, has not: words of SQLite's
// dialect, a trigger, texts of tests that are no SQL yet: with a password, a part left out, a {name} to be replaced.
func strange(text string) (string, bool) {
	upper := strings.ToUpper(text)
	for _, word := range []string{"ON CONFLICT", "RETURNING", "INSERT OR ", "JSON_EACH", "PRAGMA", "WITHOUT ROWID", "SQLITE_", "AS BLOB", "TRIGGER", "ATTACH", "@TCP(", "…", "}."} {
		if strings.Contains(upper, word) {
			return word, true
		}
	}
	return "", false
}

func shown(text string) string { return strings.ReplaceAll(text, sqltext.Hole, "⟨?⟩") }

// tablesRead are the names that the rules see, and those that are names of a WITH besides.
func tablesRead(uses []sqltext.Use) (tables, ctes []string) {
	all, with := map[string]bool{}, map[string]bool{}
	for _, u := range uses {
		name := full(u.Schema, u.Table)
		all[name] = true
		if u.Subquery {
			with[name] = true
		}
	}
	return slices.Sorted(maps.Keys(all)), slices.Sorted(maps.Keys(with))
}

func full(schema, table string) string {
	if schema != "" {
		table = schema + "." + table
	}
	return strings.ToLower(table)
}

// collector gathers the names of tables from a syntax tree. Names of a WITH are among them where they
// stand as tables.
type collector struct {
	tables, with map[string]bool
}

func tablesOf(nodes []ast.StmtNode) (tables, ctes []string) {
	all, with := map[string]bool{}, map[string]bool{}
	for _, n := range nodes {
		c := &collector{tables: map[string]bool{}, with: map[string]bool{}}
		n.Accept(c)
		for name := range c.tables {
			all[name] = true
			if c.with[name] {
				with[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(all)), slices.Sorted(maps.Keys(with))
}

func (c *collector) Enter(n ast.Node) (ast.Node, bool) {
	switch n := n.(type) {
	case *ast.TableName:
		c.tables[full(n.Schema.O, n.Name.O)] = true
	case *ast.CommonTableExpression:
		c.with[n.Name.L] = true
	case *ast.DeleteTableList: // names or aliases of tables that stand in the statement's list anyway
		return n, true
	case *ast.SelectStmt:
		if n.LockInfo != nil {
			n.LockInfo.Tables = nil // FOR UPDATE OF names tables or aliases of the list
		}
	case *ast.ShowStmt:
		if n.Table != nil && n.Table.Schema.O == "" {
			n.Table.Schema = ast.NewCIStr(n.DBName)
		}
	case *ast.CreateViewStmt:
		n.Select.Accept(c)
		return n, true
	}
	return n, false
}

func (c *collector) Leave(n ast.Node) (ast.Node, bool) { return n, true }
