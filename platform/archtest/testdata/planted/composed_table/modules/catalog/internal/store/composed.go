package store

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/template"
)

func composed[T ~string](w io.Writer, name string, of T) {
	parts := []string{
		"SELECT id",
		"FROM",           // want: at run time
		"purchase_order", // want: table purchase_order
	}
	_ = strings.Join([]string{"SELECT id", "FROM", "purchase_order"}, " ") // want: table purchase_order (FROM), which belongs to module order
	_ = strings.Join([]string{"SELECT id", "FROM", name}, " ")             // want: at run time
	_ = strings.Join(parts, " ")
	_ = bytes.Join([][]byte{[]byte("DELETE FROM"), []byte("order_line")}, []byte{' '})       // want: table order_line
	_ = strings.Replace("SELECT id FROM stock", "stock", "purchase_order", 1)                // want: table purchase_order
	_ = strings.ReplaceAll("SELECT sku FROM stock", "stock", name)                           // want: at run time
	_ = strings.ReplaceAll("SELECT sku FROM stock", name, "product")                         // a text of which nothing is known can't be told from any other
	_ = strings.NewReplacer("@t", "purchase_order").Replace("SELECT id FROM @t")             // want: table purchase_order
	_ = strings.NewReplacer("@t", name).Replace("SELECT id FROM @t")                         // want: at run time
	_ = strings.Repeat("DELETE FROM order_line;", 2)                                         // want: table order_line
	_ = fmt.Sprint("SELECT id FROM ", "purchase_order")                                      // want: table purchase_order
	_ = fmt.Sprint("SELECT id FROM ", name)                                                  // want: at run time
	_ = fmt.Sprintln("SELECT id FROM", "purchase_order")                                     // want: table purchase_order
	_ = fmt.Appendf(nil, "SELECT id FROM %s", "purchase_order")                              // want: table purchase_order
	_ = fmt.Append(nil, "SELECT id FROM ", name)                                             // want: at run time
	_, _ = fmt.Fprintf(w, "SELECT id FROM %[1]s", name)                                      // want: at run time
	_, _ = fmt.Fprintln(w, "SELECT id FROM", "purchase_order")                               // want: table purchase_order
	_ = "SELECT id FROM " + string(of)                                                       // want: at run time
	_ = "SELECT id FROM " + string([]byte{'o', 'r', 'd', 'e', 'r', '_', 'l', 'i', 'n', 'e'}) // want: table order_line
	_ = string([]byte("SELECT id FROM purchase_order"))                                      // want: table purchase_order
	_ = template.Must(template.New("q").Parse("SELECT id FROM {{.Table}}"))                  // want: at run time
	_ = query("SELECT id FROM %s", name)                                                     // want: table s (FROM), which no migration makes

	_ = string([]byte{83, 69, 76, 69, 67, 84, 32, 49, 32, 70, 82, 79, 77, 32, 111, 114, 100, 101, 114, 95, 108, 105, 110, 101}) // want: table order_line

	own := "stock"
	rename(&own)
	_ = "SELECT sku FROM " + own // want: at run time

	var b strings.Builder
	b.WriteString("SELECT sku FROM stock")
	b.WriteString(" JOIN ") // want: at run time
	b.WriteString(name)
	tables := []string{"stock", name}
	for _, table := range tables {
		b.WriteString(" LEFT JOIN " + table) // want: at run time
	}
	_ = "SELECT sku FROM " + tables[0] // want: at run time
	list := append(tables, "FROM")     // want: at run time
	_ = list
	_ = "WITH bus_outbox AS (SELECT * FROM bus_outbox) SELECT 1 FROM stock" // want: table bus_outbox of the bus
	_ = "SELECT sku FROM 'purchase_order'"                                  // want: table purchase_order
	_ = "SELECT 5--1 FROM purchase_order"                                   // want: table purchase_order
	_ = "SELECT sku FROM stock value, purchase_order"                       // want: table purchase_order
	_ = "SELECT 1 FROM { OJ stock LEFT JOIN purchase_order ON 1 }"          // want: table purchase_order
	_ = "CREATE TABLE stock (LIKE purchase_order)"                          // want: table purchase_order
	_ = "SELECT 1 FROM information_schema.tables"                           // want: with its schema
	_ = "SELECT 1 FROM sqlite_master"                                       // want: no migration makes
}

func query(pattern string, args ...any) string { return fmt.Sprintf(pattern, args...) }

func rename(table *string) { *table = "purchase_order" }
