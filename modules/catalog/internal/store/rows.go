package store

import (
	"context"
	"slices"
	"strings"

	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// mostRows bounds one INSERT of an import. Rows are written in portions of 128, 64, 32 ... 1, and lists
// for IN are filled up to a power of two: so there are a few lengths of each statement and not as many as
// there are batch sizes, and the engines' prepared statements stay few.
const mostRows = 128

// insertRows runs head + VALUES rows + tail until all rows are written. The values of a row are
// beside each other in args.
func insertRows(ctx context.Context, tx *sqldb.Tx, head, tail string, columns int, args []any) error {
	for size := mostRows; len(args) > 0; {
		if rows := len(args) / columns; rows < size {
			size /= 2
			continue
		}
		_, err := tx.Exec(ctx, head+sqldb.Placeholders(size, columns)+tail, args[:size*columns]...)
		if err != nil {
			return err
		}
		args = args[size*columns:]
	}
	return nil
}

// perRow is what an UPDATE needs that gives each of n rows, told apart by a column, a value of its own:
// the choice takes the key and the value of each row, in takes the keys.
func perRow(column string, n int) (choice, in string) {
	choice = "CASE " + column + strings.Repeat(" WHEN ? THEN ?", n) + " END"
	return choice, column + " IN " + sqldb.Placeholders(1, n)
}

// padded repeats the last element until the length is a power of two.
func padded[T any](list []T) []T {
	size := 1
	for size < len(list) {
		size *= 2
	}
	list = slices.Clip(list)
	for len(list) > 0 && len(list) < size {
		list = append(list, list[len(list)-1])
	}
	return list
}
