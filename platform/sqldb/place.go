package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/go-sql-driver/mysql"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/banyan-commerce/banyan/platform/fault"
)

var (
	// ErrFenced: the schema is being moved, or has been, and takes no writes here. To those who work it is
	// trouble with the database: events and tasks wait.
	ErrFenced = fault.New(fault.Unavailable, "module_moving", "This part of the shop is being moved to another database; try again later.")
	// ErrNotHome: a schema is not to be opened or migrated here. The text around it says where it is and
	// what to do.
	ErrNotHome = errors.New("the schema is not at home here")
)

// FenceState is the SQLSTATE by which MySQL's fences refuse a write, and FenceText how the text of SQLite's
// begins. Platform/move puts them up.
const (
	FenceState = "BN001"
	FenceText  = "banyan fence"

	fenceNumber = 1644 // ER_SIGNAL_EXCEPTION
	noSuchTable = 1146
)

// Standing is what a place is to a schema that moves.
type Standing string

// The standings.
const (
	Home     Standing = "home"
	Leaving  Standing = "leaving"  // is being moved away
	Arriving Standing = "arriving" // is being moved here, and is not whole
	Moved    Standing = "moved"    // was moved away; what is here is what was left behind
)

// Place is what a schema says of itself. The zero value but for Standing, which is Home: it has never moved.
type Place struct {
	Standing Standing `db:"state"`
	Epoch    int64    `db:"epoch"` // how many times it has moved
	Move     string   `db:"move_id"`
	Other    string   `db:"other"` // the other end of the last move, as Location.Place names it
}

const selectPlace = "SELECT state, epoch, move_id, other FROM bus_place WHERE id = 1"

// Querier is a *sql.DB or a *sql.Conn.
type Querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// ReadPlace tells how a schema stands. One without tables has never moved.
func ReadPlace(ctx context.Context, q Querier) (Place, error) {
	p := Place{}
	err := q.QueryRowContext(ctx, selectPlace).Scan(&p.Standing, &p.Epoch, &p.Move, &p.Other)
	if IsNoRows(err) || isNoTable(err) {
		return Place{Standing: Home}, nil
	}
	return p, err
}

func isNoTable(err error) bool {
	var s *sqlite.Error
	return hasNumber(err, noSuchTable) || errors.As(err, &s) && strings.Contains(s.Error(), "no such table")
}

// RequireHome returns ErrNotHome, in a sentence that says what to do, unless the schema is at home.
func (p Place) RequireHome(module string) error {
	switch p.Standing {
	case Leaving:
		return fmt.Errorf("%w: %s is being moved to %s; %s", ErrNotHome, module, p.Other, unfinished(module))
	case Arriving:
		return fmt.Errorf("%w: %s is being moved here from %s and is not whole yet; %s", ErrNotHome, module, p.Other, unfinished(module))
	case Moved:
		return fmt.Errorf("%w: %s was moved to %s; set BANYAN_DB_%s to that place, with its user and password, and start again",
			ErrNotHome, module, p.Other, strings.ToUpper(module))
	case Home:
	}
	return nil
}

func unfinished(module string) string {
	return fmt.Sprintf("wait for it, or go on with `banyan move --module %s --to ... --resume` or give it up with --abort", module)
}

// AtHome reads whether the schema is still to be written here: for readiness, not for every transaction,
// which the fence itself stops. It returns ErrFenced.
func (db *DB) AtHome(ctx context.Context) error {
	p, err := ReadPlace(ctx, db.pool.DB)
	if err != nil {
		return err
	}
	if away := p.RequireHome(db.module); away != nil {
		return fmt.Errorf("%w: %w", ErrFenced, away)
	}
	return nil
}

// requireHome is for those who open.
func (db *DB) requireHome(ctx context.Context) error {
	p, err := ReadPlace(ctx, db.pool.DB)
	if err != nil {
		return err
	}
	return p.RequireHome(db.module)
}

// fenced names a refusal of the fence.
func fenced(err error) error {
	var m *mysql.MySQLError
	if errors.As(err, &m) && m.Number == fenceNumber && string(m.SQLState[:]) == FenceState {
		return fmt.Errorf("%w: %w", ErrFenced, err)
	}
	var s *sqlite.Error
	if errors.As(err, &s) && s.Code() == sqlite3.SQLITE_CONSTRAINT_TRIGGER && strings.Contains(s.Error(), FenceText) {
		return fmt.Errorf("%w: %w", ErrFenced, err)
	}
	return err
}

// Place names where a module's schema lives, for people and without a user or password.
func (l Location) Place(module string) string {
	if l.Engine == SQLite {
		dir, err := filepath.Abs(l.Dir)
		if err != nil {
			dir = l.Dir
		}
		return fmt.Sprintf("sqlite:%s (file %s.db)", dir, module)
	}
	host := l.server.Addr + "/?"
	if l.server.Net == "unix" {
		host = "localhost/?socket=" + l.server.Addr + "&"
	}
	return fmt.Sprintf("mysql://%sprefix=%s (schema %s)", host, l.Prefix, l.Schema(module))
}
