package move

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// The fence is three triggers on each table of the schema, which refuse every write. To make one, the server
// waits for the transactions that have touched the table and lets no new one in meanwhile (a metadata lock,
// https://dev.mysql.com/doc/refman/8.4/en/metadata-locking.html): once all are there, nobody has
// written what is not committed, and nobody can write. A transaction that spans the moment fails as a whole.
// It holds for every instance, whichever user it connects as and whenever it started, survives everybody's
// death, and costs nothing while it is not there. Reading goes on.
//
// Who has set @banyan_move to the move's ID passes on MySQL: that is how rows get behind the target's fence.

const triggerPrefix = "bus_fence_"

func triggerName(table, verb string) string { return triggerPrefix + table + "_" + verb[:1] }

// fence puts the fence up, where it isn't. It returns ErrFence with what the user lacks.
func (e *end) fence(ctx context.Context, tables []table, move string) error {
	there, err := e.triggers(ctx)
	if err != nil {
		return err
	}
	for _, t := range tables {
		for _, verb := range []string{"INSERT", "UPDATE", "DELETE"} {
			if there[triggerName(t.name, verb)] {
				continue
			}
			if err := e.exec(ctx, e.trigger(t.name, verb, move)); err != nil {
				return fenceTrouble(err)
			}
		}
	}
	return nil
}

// requireMayFence makes and drops a fence on a table of the move's own, while nobody is hurt by a refusal.
func (e *end) requireMayFence(ctx context.Context) error {
	const own = "bus_move_table"
	for _, statement := range []string{
		"DROP TRIGGER IF EXISTS " + quoted(triggerName(own, "INSERT")), e.trigger(own, "INSERT", "nobody"), "DROP TRIGGER " + quoted(triggerName(own, "INSERT")),
	} {
		if err := e.exec(ctx, statement); err != nil {
			return fenceTrouble(err)
		}
	}
	return nil
}

func (e *end) trigger(table, verb, move string) string {
	text := fmt.Sprintf("%s: the schema of %s is being moved or was moved", sqldb.FenceText, e.module)
	head := fmt.Sprintf("CREATE TRIGGER %s BEFORE %s ON %s FOR EACH ROW ", quoted(triggerName(table, verb)), verb, quoted(table))
	if !e.mysql() {
		return head + "BEGIN SELECT RAISE(ABORT, '" + text + "'); END"
	}
	return head + "IF COALESCE(@banyan_move, '') <> '" + move + "' THEN SIGNAL SQLSTATE '" + sqldb.FenceState +
		"' SET MESSAGE_TEXT = '" + text + "'; END IF"
}

func (e *end) triggers(ctx context.Context) (map[string]bool, error) {
	query := "SELECT name FROM sqlite_master WHERE type = 'trigger'"
	if e.mysql() {
		query = "SELECT trigger_name AS name FROM information_schema.triggers WHERE trigger_schema = DATABASE()"
	}
	there := map[string]bool{}
	err := e.each(ctx, query, nil, func(rows *sql.Rows) error {
		var name string
		err := rows.Scan(&name)
		there[name] = true
		return err
	})
	return there, err
}

// lift takes the fence away.
func (e *end) lift(ctx context.Context) error {
	there, err := e.triggers(ctx)
	if err != nil {
		return err
	}
	for name := range there {
		if strings.HasPrefix(name, triggerPrefix) {
			if err := e.exec(ctx, "DROP TRIGGER "+quoted(name)); err != nil {
				return fenceTrouble(err)
			}
		}
	}
	return nil
}

// requireFence says that each table has its triggers still: somebody may have taken them for rubbish.
func (e *end) requireFence(ctx context.Context, tables []table) error {
	there, err := e.triggers(ctx)
	if err != nil {
		return err
	}
	for _, t := range tables {
		for _, verb := range []string{"INSERT", "UPDATE", "DELETE"} {
			if !there[triggerName(t.name, verb)] {
				return fmt.Errorf("%w: the trigger %s of the %s is gone, so that rows may have been written behind the move: give it up with --abort and begin again",
					ErrFence, triggerName(t.name, verb), e.role)
			}
		}
	}
	return nil
}

func fenceTrouble(err error) error {
	switch {
	case hasNumber(err, 1419, 1227):
		return fmt.Errorf("%w: the server keeps a binary log and lets no ordinary user make triggers: SET GLOBAL log_bin_trust_function_creators = 1, or move as a user with SUPER: %w", ErrFence, err)
	case hasNumber(err, 1142, 1044):
		return fmt.Errorf("%w: the URL's user needs the TRIGGER privilege on the schema: %w", ErrFence, err)
	case hasNumber(err, 1205):
		return fmt.Errorf("%w: a transaction keeps a table for longer than 40 s: see SHOW PROCESSLIST; nothing is lost, go on with --resume: %w", ErrFence, err)
	}
	return err
}
