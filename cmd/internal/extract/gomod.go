package extract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// tidy has Go drop from go.mod and go.sum what the repository does not need. The versions stay: go.mod came
// with the trunk's. What it needs has been downloaded to build the trunk, so that no network is needed.
func tidy(ctx context.Context, root string) error {
	if _, err := exec.LookPath("go"); err != nil {
		return fmt.Errorf("extract needs the go command, to trim go.mod: %w", err)
	}
	c := exec.CommandContext(ctx, "go", "mod", "tidy")
	c.Dir, c.Env = root, append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	var said bytes.Buffer
	c.Stderr = &said
	if err := c.Run(); err != nil {
		return errors.Join(fmt.Errorf("go mod tidy: %w", err), errors.New(strings.TrimSpace(said.String())))
	}
	return nil
}
