package readiness

import (
	"context"
	"io/fs"
	"slices"
	"strings"

	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/directory"
	"github.com/banyan-commerce/banyan/platform/migrate"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// readData asks a module's schema. One that does not answer is said to be unreachable.
func readData(ctx context.Context, db *sqldb.DB, m directory.Module, scripts fs.FS) (*Data, error) {
	d := &Data{Engine: string(db.Engine()), Tables: []directory.TableSize{}, Held: map[string]int64{}, Tasks: map[string]int64{}, Strangers: []string{}}
	if m.Live == nil || m.Live.Schema == nil {
		d.Unreachable = true
		return d, nil
	}
	d.Bytes, d.Tables, d.Pending, d.Tasks = m.Live.Schema.Bytes, m.Live.Schema.Tables, m.Live.Schema.Pending, m.Live.Schema.Tasks
	status, err := bus.ReadStatus(ctx, []*sqldb.DB{db})
	if err != nil {
		return nil, err
	}
	for _, c := range status.Consumers {
		if c.Consumer == m.Name && c.Held != nil {
			d.Held = c.Held
		}
	}
	if err := db.AtHome(ctx); err != nil {
		d.Elsewhere = err.Error()
	}
	if d.Migrations, err = migrate.Pending(ctx, db, scripts); err != nil {
		return nil, err
	}
	d.Strangers, err = strangers(ctx, db, m.Tables)
	return d, err
}

const (
	sqliteTables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
	mysqlTables  = "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name"
)

// strangers are tables that neither the module's manifest names nor the platform's migrations make.
func strangers(ctx context.Context, db *sqldb.DB, own []string) ([]string, error) {
	query := sqliteTables
	if db.Engine() == sqldb.MySQL {
		query = mysqlTables
	}
	var names []string
	if err := db.Select(ctx, &names, query); err != nil {
		return nil, err
	}
	found := []string{}
	for _, name := range names {
		if !slices.Contains(own, name) && !strings.HasPrefix(name, "bus_") && name != "schema_version" {
			found = append(found, name)
		}
	}
	return found, nil
}
