package main

import (
	"github.com/spf13/cobra"

	"github.com/banyan-commerce/banyan/cmd/internal/extract"
)

func newExtract(p *program) *cobra.Command {
	o := extract.Options{Told: p.stdout}
	cmd := &cobra.Command{
		Use:   "extract MODULE --to DIR",
		Short: "Write a repository of its own for one module",
		Long: "Write a repository of its own for one module of a checkout of the trunk: the module, the contracts that it needs, the\n" +
			"platform below it, its migrations, this program with that module alone, its tests, CI, Makefile and README.\n" +
			"It needs the go command, and git to say which commit it was. The checkout is not touched.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Module = args[0]
			return extract.Run(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.To, "to", "", "folder to write; it is empty or not there")
	cmd.Flags().StringVar(&o.From, "from", "", "a checkout of the trunk (default: the one around the working folder)")
	cmd.Flags().StringVar(&o.Path, "module-path", "", "Go module path of the new repository (default: the trunk's with -MODULE)")
	cmd.Flags().BoolVar(&o.Dirty, "dirty", false, "take along changes that no commit has")
	if err := cmd.MarkFlagRequired("to"); err != nil {
		panic(err) // there is no such flag
	}
	return cmd
}
