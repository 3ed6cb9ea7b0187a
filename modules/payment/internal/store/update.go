package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/banyan-commerce/banyan/modules/payment/internal/core"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Change is an attempt as it was read, and as it is to be.
type Change struct {
	Before, Next core.Attempt
}

// Update writes changes of different attempts by one statement, and answers false if any of them is not
// as it was read: then the transaction must roll back, unless there was but one.
func Update(ctx context.Context, tx *sqldb.Tx, changes []Change) (bool, error) {
	u := update{changes: changes}
	set := u.equations(written(changes))
	ids := u.ids()
	where := u.equations(guarded())
	n, err := tx.ExecCount(ctx,
		"UPDATE payment SET "+strings.Join(set, ", ")+" WHERE id IN "+ids+" AND "+strings.Join(where, " AND "), u.args...)
	if err != nil {
		return false, fmt.Errorf("update %d payments, first %s: %w", len(changes), changes[0].Before.ID, err)
	}
	return n == int64(len(changes)), nil
}

// column is a column with the value that it gets, or had, in the row of a change.
type column struct {
	name  string
	value func(c Change) any
}

// written are the columns that change in the life of an attempt.
func written(changes []Change) []column {
	columns := []column{
		{"version", func(c Change) any { return c.Next.Version }},
		{"status", func(c Change) any { return c.Next.Status }},
		{"wish", func(c Change) any { return c.Next.Wish }},
		{"token", func(c Change) any { return c.Next.Token }},
		{"provider_ref", func(c Change) any { return c.Next.Reference }},
		{"decline_code", func(c Change) any { return c.Next.Code }},
		{"decline_reason", func(c Change) any { return c.Next.Reason }},
		{"updated_at", func(c Change) any { return c.Next.UpdatedAt.UnixMicro() }},
	}
	if slices.ContainsFunc(changes, func(c Change) bool { return live(c.Before) != live(c.Next) }) {
		columns = append(columns, column{"live_order_id", func(c Change) any { return live(c.Next) }})
	}
	return columns
}

// guarded are the columns that must be as they were read. A wish raises no version, because nobody
// outside hears of it.
func guarded() []column {
	return []column{
		{"version", func(c Change) any { return c.Before.Version }},
		{"status", func(c Change) any { return c.Before.Status }},
		{"wish", func(c Change) any { return c.Before.Wish }},
	}
}

// update collects the arguments of a statement in the order of its text.
type update struct {
	changes []Change
	args    []any
}

func (u *update) equations(columns []column) []string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = u.equation(c)
	}
	return list
}

// equation names a value once if it is that of all rows: both engines walk through a CASE row by row.
func (u *update) equation(c column) string {
	first := c.value(u.changes[0])
	if !slices.ContainsFunc(u.changes, func(other Change) bool { return c.value(other) != first }) {
		u.args = append(u.args, first)
		return c.name + " = ?"
	}
	for _, change := range u.changes {
		u.args = append(u.args, change.Before.ID, c.value(change))
	}
	return c.name + " = CASE id" + strings.Repeat(" WHEN ? THEN ?", len(u.changes)) + " END"
}

func (u *update) ids() string {
	for _, change := range u.changes {
		u.args = append(u.args, change.Before.ID)
	}
	return sqldb.Placeholders(1, len(u.changes))
}
