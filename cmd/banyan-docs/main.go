// Banyan-docs writes what is made from the code: docs/events.md, from the modules' manifests, the structs
// of their events, the comments there, and the samples; docs/modules, from manifests, contracts and the
// size of the source; .github/CODEOWNERS, from manifests; and what `banyan modules` knows of the source.
//
//	banyan-docs [root of the repository]
package main

import (
	"fmt"
	"os"

	"github.com/banyan-commerce/banyan/cmd/internal/assembly"
)

//go:generate go run . ../..

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "banyan-docs:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	root := "."
	if len(args) > 0 {
		root = args[0]
	}
	files, err := documents(root, assembly.Manifests())
	if err != nil {
		return err
	}
	return write(root, files)
}
