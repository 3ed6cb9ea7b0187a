package bus

import "fmt"

// Repo reads rows of a table.
type Repo struct {
	Table string
	own   string
}

func (r Repo) all() string { return "SELECT * FROM " + r.Table } // want: from what callers give: r.Table

func (r Repo) kept() string { return "SELECT * FROM " + r.own }

// Count counts the rows of a table.
func Count(table string, most int) string {
	return fmt.Sprintf("SELECT COUNT(*) FROM %s", table) // want: from what callers give: table
}
