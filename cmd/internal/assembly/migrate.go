package assembly

import (
	"context"

	"github.com/banyan-commerce/banyan/migrations"
	"github.com/banyan-commerce/banyan/platform/config"
	"github.com/banyan-commerce/banyan/platform/migrate"
)

// Migrate brings the schema of every module up to date and tells of each.
func Migrate(ctx context.Context, c config.Config, tell func(module string, applied int)) error {
	schemas := c.Schemas()
	for _, name := range ModuleNames() {
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
