package store

import (
	"fmt"
	"io"
	"strings"
)

const message = "USE the other list, and CALL the office"

func composed(w io.Writer, rows int, on bool) string {
	columns := []string{"sku", "on_hand"}
	query := strings.Join([]string{"SELECT " + strings.Join(columns, ", "), "FROM", "stock"}, " ")
	query += strings.ReplaceAll(" UNION SELECT sku, 1 FROM @t", "@t", "stock")
	_, _ = fmt.Fprintf(w, "SELECT name FROM %s", table)
	_, _ = fmt.Fprintln(w, "LOAD of all stores: show tables and columns, create an event, drop the view")
	_ = fmt.Sprint("INSERT INTO stock (sku, on_hand) VALUES ", strings.Repeat("(?, ?)", rows))
	set := "SET held = 0"
	if on {
		set = "SET on_hand = ?, held = @held"
	}
	_ = "UPDATE stock " + set
	_ = "DELETE FROM stock WHERE sku IN (" + strings.Join(make([]string, rows), ",") + ")"
	_ = `SELECT stock.use, stock.call, engine, connection AS prepare FROM stock WHERE engine = 'CONNECT' AND connection = ? -- USE x`
	_ = "SELECT next, now, date, stock.sleep FROM stock WHERE sku = 'a@b' AND DATE(until) > unixepoch(?)"
	return query
}
