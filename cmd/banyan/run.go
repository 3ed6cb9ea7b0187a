package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/banyan-commerce/banyan/cmd/internal/assembly"
	"github.com/banyan-commerce/banyan/platform/config"
)

// program is what a subcommand has of the process around it.
type program struct {
	environ        []string
	stdout, stderr io.Writer
}

// run is the whole program; a test calls it in-process. It answers the exit status.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	p := &program{environ: environ, stdout: stdout, stderr: stderr}
	root := &cobra.Command{
		Use:               "banyan",
		Short:             "A shop in one binary that can be taken apart later",
		SilenceUsage:      true,
		SilenceErrors:     true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.AddCommand(newServe(p), newMigrate(p), newImport(p), newMove(p), newEvents(p), newTasks(p), newModules(p), newRoutes(p), newBroker(p), newExtract(p), newVersion(p))
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintf(stderr, "banyan: %v\n", err)
		return 1
	}
	return 0
}

func (p *program) config() (config.Config, error) {
	c, err := assembly.Load(p.environ)
	if err != nil {
		return c, fmt.Errorf("settings are wrong:\n%w", err)
	}
	return c, nil
}
