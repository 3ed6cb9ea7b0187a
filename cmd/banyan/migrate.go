package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/banyan-commerce/banyan/cmd/internal/assembly"
	"github.com/banyan-commerce/banyan/platform/config"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

func newMigrate(p *program) *cobra.Command {
	var grants bool
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Create or update the tables of every module",
		Long: "Create or update the tables of every module in the database of BANYAN_DB. Several may run at once.\n" +
			"On MySQL the user needs the right to create databases, or they exist already.\n" +
			"With --grants it then makes a database user per module, who may read and write that module's schema alone,\n" +
			"as which every command with the same BANYAN_DB_SECRET works. That needs the right to create users, and the\n" +
			"granted ones WITH GRANT OPTION. Run it again after changing the secret, or to take other rights away.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := p.config()
			if err != nil {
				return err
			}
			if grants && c.DBSecret == "" {
				return fmt.Errorf("--grants: %w", sqldb.ErrUsersNeeded) // before anything is migrated
			}
			return p.migrate(cmd.Context(), c, grants)
		},
	}
	cmd.Flags().BoolVar(&grants, "grants", false, "make the modules' database users, too (MySQL, BANYAN_DB_SECRET)")
	return cmd
}

func (p *program) migrate(ctx context.Context, c config.Config, grants bool) error {
	err := assembly.Migrate(ctx, c, func(module string, applied int) {
		fmt.Fprintf(p.stdout, "%-10s %d applied\n", module, applied)
	})
	if err != nil || !grants {
		return err
	}
	return assembly.Grant(ctx, c, func(module string, done sqldb.Granted) {
		fmt.Fprintf(p.stdout, "%-10s user %s\n", module, done)
	})
}
