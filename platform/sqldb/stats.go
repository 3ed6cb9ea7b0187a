package sqldb

import (
	"database/sql"
	"sync/atomic"
)

// Stats counts what went to one schema since it was opened.
type Stats struct {
	Statements atomic.Int64 // BEGIN, COMMIT, ROLLBACK and savepoints apart
	Units      atomic.Int64 // transactions that took effect
	Commits    atomic.Int64 // COMMITs; fewer than Units where a group shared one
	Rollbacks  atomic.Int64
	Retries    atomic.Int64 // reruns after a conflict
}

// Statement is one statement as an observer sees it, after it has run.
type Statement struct {
	Module string
	Query  string
	InTx   bool
	Tx     *Tx   // the transaction: each run of a closure has its own; nil outside any
	Args   []any // the caller's own: whoever keeps them copies
	Into   any   // where the rows of a read went; nil for a write
	Err    error

	result sql.Result
}

// Matched is how many rows a write matched; 0 for a read and after an error.
func (s Statement) Matched() int64 {
	if s.result == nil || s.Err != nil {
		return 0
	}
	n, err := s.result.RowsAffected()
	if err != nil {
		return 0
	}
	return n
}

func (db *DB) observe(s Statement) {
	db.stats.Statements.Add(1)
	if db.options.Observe == nil {
		return
	}
	s.Module, s.InTx = db.module, s.Tx != nil
	db.options.Observe(s)
}
