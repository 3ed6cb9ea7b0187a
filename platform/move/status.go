package move

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Status is what both places say of themselves. It is read without locks, so that it may be asked while a
// move runs.
type Status struct {
	Source, Target sqldb.Place
	There          bool  // whether the target exists
	State          State // of the target's last move; empty: none
	Tables         []TableStatus
}

// TableStatus is how far a table is.
type TableStatus struct {
	Name, State          string
	Total, Copied, Bytes int64
}

// Status reads how the move stands.
func (m Move) Status(ctx context.Context) (Status, error) {
	var s Status
	there, err := m.look(ctx, m.From, source, func(db *sql.DB) error {
		var err error
		s.Source, err = sqldb.ReadPlace(ctx, db)
		return err
	})
	if err == nil && !there {
		err = ErrNoSource
	}
	if err != nil {
		return s, m.wrap(err)
	}
	s.There, err = m.look(ctx, m.To, target, func(db *sql.DB) error { return s.readTarget(ctx, db) })
	return s, m.wrap(err)
}

func (m Move) look(ctx context.Context, l sqldb.Location, role string, f func(db *sql.DB) error) (bool, error) {
	exists, err := sqldb.Exists(ctx, l, m.Module)
	if err != nil || !exists {
		return false, err
	}
	db, err := sqldb.OpenToLook(l, m.Module)
	if err != nil {
		return false, err
	}
	defer db.Close()
	if err := f(db); err != nil {
		return false, fmt.Errorf("the %s: %w", role, err)
	}
	return true, nil
}

func (s *Status) readTarget(ctx context.Context, db *sql.DB) error {
	var err error
	if s.Target, err = sqldb.ReadPlace(ctx, db); err != nil || s.Target.Move == "" {
		return err
	}
	if err := db.QueryRowContext(ctx, "SELECT state FROM bus_move WHERE id = ?", s.Target.Move).Scan(&s.State); err != nil {
		if sqldb.IsNoRows(err) { // its last move was one away from it
			return nil
		}
		return err
	}
	rows, err := db.QueryContext(ctx, "SELECT name, state, total, copied, bytes FROM bus_move_table WHERE move_id = ? ORDER BY name", s.Target.Move)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var t TableStatus
		if err := rows.Scan(&t.Name, &t.State, &t.Total, &t.Copied, &t.Bytes); err != nil {
			return err
		}
		s.Tables = append(s.Tables, t)
	}
	return rows.Err()
}
