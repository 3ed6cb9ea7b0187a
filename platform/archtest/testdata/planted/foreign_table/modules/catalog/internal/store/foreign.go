package store

import (
	"fmt"
	"strings"

	"example.com/shop/modules/catalog/internal/core"
)

const (
	plain     = `SELECT id FROM purchase_order`                                                                // want: table purchase_order (FROM), which belongs to module order
	joined    = `SELECT 1 FROM stock s LEFT JOIN order_line l ON l.sku = s.sku`                                // want: table order_line
	comma     = `SELECT 1 FROM stock s JOIN product p ON p.id = s.product_id, purchase_order o`                // want: table purchase_order
	nested    = `SELECT 1 FROM (SELECT id FROM purchase_order) AS o`                                           // want: table purchase_order
	exists    = `SELECT 1 FROM stock WHERE EXISTS (SELECT 1 FROM order_line WHERE order_line.sku = stock.sku)` // want: table order_line
	written   = "INSERT IGNORE INTO `order_line` (sku) VALUES (?)"                                             // want: table order_line
	replaced  = `REPLACE order_line VALUES (1)`                                                                // want: table order_line
	truncated = "TRUNCATE purchase_order"                                                                      // want: table purchase_order
	updated   = `UPDATE stock s, purchase_order o SET o.total = 0`                                             // want: table purchase_order
	removed   = `DELETE FROM order_line`                                                                       // want: table order_line
	hidden    = `SELECT 1 FROM stock /*!40101 JOIN purchase_order */`                                          // want: table purchase_order
	shadow    = `WITH purchase_order AS (SELECT * FROM purchase_order) SELECT 1 FROM stock`                    // want: table purchase_order
	small     = `select total from purchase_order`                                                             // want: table purchase_order
	other     = `SELECT 1 FROM banyan_order.line`                                                              // want: with its schema
	named     = "SELECT id FROM " + core.Orders                                                                // want: table purchase_order
	piece     = " JOIN purchase_order USING (id)"                                                              // want: table purchase_order
	misspelt  = `SELECT 1 FROM stocks`                                                                         // want: no migration makes
	stale     = `SELECT id FROM basket`                                                                        // want: names table basket, which a later migration drops or renames
	outbox    = `DELETE FROM bus_outbox WHERE pos = ?`                                                         // want: table bus_outbox of the bus
	lines     = `
		SELECT 1
		FROM purchase_order` // want: table purchase_order
	table2 = `CREATE TABLE scratch (id BIGINT)` // want: no migration makes
)

const (
	once = "order_line" // want: table order_line
	again
)

func read(name string) []string {
	var b strings.Builder
	b.WriteString("SELECT 1 FROM stock WHERE 1 = 1")
	b.WriteString(" AND sku IN (SELECT sku FROM order_line)") // want: table order_line
	b.WriteString(" LEFT JOIN ")                              // want: at run time
	b.WriteString(" JOIN " + strings.ToLower("ORDER"))        // want: at run time
	own, lines := "stock", "order_line"                       // want: table order_line
	either := own
	if name == "" {
		either = "order_line"
	}
	query := "SELECT id FROM " // want: at run time
	query += "purchase_order"
	for _, stock := range []string{"purchase_order"} {
		query = "SELECT id FROM " + stock // want: at run time
	}
	return []string{
		"SELECT sku FROM " + own,
		"SELECT sku FROM " + (lines),
		"SELECT sku FROM " + string(either),                    // want: at run time
		"SELECT sku FROM " + string(core.Orders),               // want: table purchase_order
		fmt.Sprintf("SELECT '%%', %d FROM %s", 1, core.Orders), // want: table purchase_order
		fmt.Sprintf("SELECT id FROM %s", "purchase_order"),     // want: table purchase_order
		fmt.Sprintf("SELECT id FROM %s", name),                 // want: at run time
		" JOIN " + again + " USING (sku)",
		"SELECT id FROM " + name,                              // want: at run time
		"SELECT id FROM purchase_" + strings.ToLower("ORDER"), // want: at run time
	}
}
