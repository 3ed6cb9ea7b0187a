package sqldb

import (
	"context"
	"database/sql"
	"sync"

	"github.com/jmoiron/sqlx"
)

// What is kept prepared for one connection or pool. Statements for many rows come in many lengths, and
// the work of reading a long one is shared by its rows.
const (
	maxStatements = 256
	maxText       = 2 << 10 // bytes
)

// preparer is a *sqlx.DB (the readers) or a *sqlx.Conn (the writer).
type preparer interface {
	PreparexContext(ctx context.Context, query string) (*sqlx.Stmt, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	GetContext(ctx context.Context, dest any, query string, args ...any) error
	SelectContext(ctx context.Context, dest any, query string, args ...any) error
}

// statements keeps prepared statements: SQLite spends more time on reading most of our SQL than on
// running it.
type statements struct {
	on    preparer
	mu    sync.Mutex
	known map[string]*sqlx.Stmt
	spare []*sqlx.Stmt // of two who prepared the same at once, the later one's
}

func newStatements(on preparer) *statements {
	return &statements{on: on, known: make(map[string]*sqlx.Stmt)}
}

// prepared keeps no lock while it prepares: that may wait for a connection, and nobody is to wait longer
// than his own context lasts.
func (s *statements) prepared(ctx context.Context, query string) (*sqlx.Stmt, error) {
	stmt, room := s.find(query)
	if stmt != nil || !room {
		return stmt, nil // without room the caller runs it unprepared
	}
	stmt, err := s.on.PreparexContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.keep(query, stmt), nil
}

// find answers the statement if it is prepared, and else whether it may be.
func (s *statements) find(query string) (stmt *sqlx.Stmt, room bool) {
	if len(query) > maxText {
		return nil, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known[query], len(s.known) < maxStatements
}

// keep answers the one that is used from now on: of two who prepare the same, the first's. The other one is
// closed at the end, because that waits for a connection, on which another query may run for long.
func (s *statements) keep(query string, stmt *sqlx.Stmt) *sqlx.Stmt {
	s.mu.Lock()
	defer s.mu.Unlock()
	if first, ok := s.known[query]; ok {
		s.spare = append(s.spare, stmt)
		return first
	}
	s.known[query] = stmt
	return stmt
}

func (s *statements) exec(ctx context.Context, query string, args []any) (sql.Result, error) {
	stmt, err := s.prepared(ctx, query) //nolint:sqlclosecheck // kept until close
	if err != nil {
		return nil, err
	}
	if stmt == nil {
		return s.on.ExecContext(ctx, query, args...)
	}
	return stmt.ExecContext(ctx, args...)
}

func (s *statements) get(ctx context.Context, dst any, query string, args []any) error {
	stmt, err := s.prepared(ctx, query) //nolint:sqlclosecheck // kept until close
	if err != nil {
		return err
	}
	if stmt == nil {
		return s.on.GetContext(ctx, dst, query, args...)
	}
	return stmt.GetContext(ctx, dst, args...)
}

func (s *statements) selectAll(ctx context.Context, dst any, query string, args []any) error {
	stmt, err := s.prepared(ctx, query) //nolint:sqlclosecheck // kept until close
	if err != nil {
		return err
	}
	if stmt == nil {
		return s.on.SelectContext(ctx, dst, query, args...)
	}
	return stmt.SelectContext(ctx, dst, args...)
}

func (s *statements) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, stmt := range s.known {
		_ = stmt.Close()
	}
	for _, stmt := range s.spare {
		_ = stmt.Close()
	}
	clear(s.known)
	s.spare = nil
	return nil
}
