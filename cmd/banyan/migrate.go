package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/banyan-commerce/banyan/cmd/internal/assembly"
)

func newMigrate(p *program) *cobra.Command {
	return &cobra.Command{
		Use:   "migrate",
		Short: "Create or update the tables of every module",
		Long: "Create or update the tables of every module in the database of BANYAN_DB. Several may run at once.\n" +
			"On MySQL the user needs the right to create databases, or they exist already.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := p.config()
			if err != nil {
				return err
			}
			return assembly.Migrate(cmd.Context(), c, func(module string, applied int) {
				fmt.Fprintf(p.stdout, "%-10s %d applied\n", module, applied)
			})
		},
	}
}
