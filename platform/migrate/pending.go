package migrate

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"

	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Pending is how many migrations, of the platform's and of a module's own, have not run in a schema.
func Pending(ctx context.Context, db *sqldb.DB, files fs.FS) (int, error) {
	own, err := fs.Sub(platformFiles, "platform")
	if err != nil {
		return 0, err
	}
	pending := 0
	for versions, scripts := range map[string]fs.FS{"bus_schema_version": own, "schema_version": files} {
		var newest int64
		if err := db.Get(ctx, &newest, "SELECT COALESCE(MAX(version_id), 0) FROM "+versions); err != nil {
			return 0, fmt.Errorf("read migrations of %s: %w", db.Module(), err)
		}
		names, err := fs.Glob(scripts, "*.sql")
		if err != nil {
			return 0, err
		}
		for _, name := range names {
			version, err := goose.NumericComponent(name)
			if err != nil {
				return 0, fmt.Errorf("migrations of %s: %w", db.Module(), err)
			}
			if version > newest {
				pending++
			}
		}
	}
	return pending, nil
}
