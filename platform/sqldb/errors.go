package sqldb

import (
	"database/sql"
	"database/sql/driver"
	"errors"

	"github.com/go-sql-driver/mysql"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/banyan-commerce/banyan/platform/fault"
)

// Errors of the package. ErrBusy and ErrOverrun are of the kind fault.Unavailable.
var (
	// ErrOutcomeUnknown: COMMIT itself answered an error, so the transaction may have been committed.
	// Whoever can, repeats with the same idempotency key.
	ErrOutcomeUnknown = fault.New(fault.Unavailable, "outcome_unknown", "The result is not known; repeat with the same key.")
	// ErrBusy: conflicts with other transactions did not end within the allowed attempts.
	ErrBusy = fault.New(fault.Unavailable, "database_busy", "The database is busy; try again.")
	// ErrOverrun: the transaction was cut because it took longer than MaxTx.
	ErrOverrun = fault.New(fault.Unavailable, "transaction_overrun", "The operation took too long and was undone.")
	// ErrClosed: the database was closed.
	ErrClosed = fault.New(fault.Unavailable, "database_closed", "The service is stopping.")
	// ErrBroken: a statement was tried after another one of the same transaction had failed.
	ErrBroken = errors.New("the transaction has already failed")
	// ErrLocked: another process writes to the same SQLite file.
	ErrLocked = errors.New("another process is using this database file")
)

const (
	mysqlDuplicate   = 1062
	mysqlDeadlock    = 1213
	mysqlLockTimeout = 1205
	mysqlRowChanged  = 1020
)

// IsDuplicate says whether err is a violation of a primary or unique key: the one error after which
// a transaction may go on.
func IsDuplicate(err error) bool {
	var m *mysql.MySQLError
	if errors.As(err, &m) {
		return m.Number == mysqlDuplicate
	}
	var s *sqlite.Error
	if errors.As(err, &s) {
		return s.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || s.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	return false
}

// IsNoRows says whether a Get found nothing.
func IsNoRows(err error) bool { return errors.Is(err, sql.ErrNoRows) }

// IsInfrastructure says whether err tells of the database's state and not of the work: the same work
// may succeed when it is done again.
func IsInfrastructure(err error) bool {
	return isConflict(err) || isConnection(err) || isServerState(err) ||
		errors.Is(err, ErrOutcomeUnknown) || errors.Is(err, ErrBusy) || errors.Is(err, ErrClosed) || errors.Is(err, ErrFenced)
}

// isConflict: the database chose this transaction to lose against another.
func isConflict(err error) bool {
	var m *mysql.MySQLError
	if errors.As(err, &m) {
		return m.Number == mysqlDeadlock || m.Number == mysqlLockTimeout || m.Number == mysqlRowChanged
	}
	var s *sqlite.Error
	if errors.As(err, &s) {
		primary := s.Code() & 0xff
		return primary == sqlite3.SQLITE_BUSY || primary == sqlite3.SQLITE_LOCKED
	}
	return false
}

// isServerState: the server answered, and can't work now. Numbers are those of MySQL's and MariaDB's
// error references.
func isServerState(err error) bool {
	var m *mysql.MySQLError
	if errors.As(err, &m) {
		switch m.Number {
		case 1040, 1203, 1226, // too many connections; of this user; over the user's quota
			1044, 1045, 1049, // access denied to the database, to the server; unknown database
			1053, 1317, 1927, 1969, // shutting down; query, connection killed; statement time is over
			1158, 1159, 1160, 1161, // packets lost
			1021, 1114, 1290, 1792, 1836: // disk full, table full, read-only
			return true
		}
		return false
	}
	var s *sqlite.Error
	if errors.As(err, &s) {
		switch s.Code() & 0xff {
		case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY,
			sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_INTERRUPT:
			return true
		}
	}
	return false
}

func isConnection(err error) bool {
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysql.ErrInvalidConn) || errors.Is(err, sql.ErrConnDone) ||
		isNetwork(err)
}

// statementFailed says whether err makes the transaction unusable. A duplicate key and an empty
// result undo nothing but their own statement, on both engines.
func statementFailed(err error) bool {
	return err != nil && !IsDuplicate(err) && !IsNoRows(err)
}
