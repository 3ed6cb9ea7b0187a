// Banyan-docs writes the documents that are made from the code: docs/events.md, from the modules'
// manifests, the structs of their events, the comments there, and the samples.
//
//	banyan-docs [root of the repository]
package main

import (
	"fmt"
	"os"
	"path/filepath"

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
	page, err := newPage(assembly.Manifests(), newSource(root)).render()
	if err != nil {
		return err
	}
	docs, err := os.OpenRoot(filepath.Join(root, "docs"))
	if err != nil {
		return err
	}
	defer docs.Close()
	return docs.WriteFile("events.md", page, 0o600)
}
