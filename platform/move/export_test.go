package move

import (
	"context"
	"errors"
)

// CompareSums compares two schemas by the engines' own sums alone.
func (m Move) CompareSums(ctx context.Context) error {
	r, err := m.open(ctx)
	if err != nil {
		return err
	}
	if err = r.readTables(ctx); err == nil {
		for _, t := range r.tables {
			err = errors.Join(err, r.compare(ctx, t))
		}
	}
	return errors.Join(err, r.close())
}
