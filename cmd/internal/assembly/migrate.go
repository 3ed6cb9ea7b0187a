package assembly

import (
	"context"

	"github.com/banyan-commerce/banyan/migrations"
	"github.com/banyan-commerce/banyan/platform/config"
	"github.com/banyan-commerce/banyan/platform/migrate"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Migrate brings the schema of every module that this process hosts up to date and tells of each.
func Migrate(ctx context.Context, c config.Config, tell func(module string, applied int)) error {
	schemas := c.Schemas()
	for _, m := range here(c) {
		name := m.Name
		scripts, err := migrations.FS(name)
		if err != nil {
			return err
		}
		applied, err := migrate.Up(ctx, schemas.Location(name), name, scripts)
		if err != nil {
			return err
		}
		tell(name, applied)
	}
	return nil
}

// Grant makes the database users of the modules whose schemas are on MySQL, and tells of each. SQLite has
// none: its files belong to who runs the shop. Without BANYAN_DB_SECRET it returns sqldb.ErrUsersNeeded.
func Grant(ctx context.Context, c config.Config, tell func(module string, done sqldb.Granted)) error {
	schemas := c.Schemas()
	for _, m := range here(c) {
		name := m.Name
		l := schemas.Location(name)
		if l.Engine == sqldb.SQLite {
			continue
		}
		done, err := sqldb.Grant(ctx, l, name)
		if err != nil {
			return err
		}
		tell(name, done)
	}
	return nil
}
