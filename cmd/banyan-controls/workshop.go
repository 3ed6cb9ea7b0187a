package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

const (
	rig       = "platform/bus/simulation" // if a bug names no other
	bridgeRig = "platform/broker/jetstream"
	seedsFor  = "BANYAN_SEEDS_FOR=120s" // at most: a run ends with the first seed that fails
	cleanFor  = "BANYAN_SEEDS_FOR=5s"
	maxWords  = 120
	testLimit = "-test.timeout=240s"
)

// workshop is where variants of the rig are built.
type workshop struct {
	root, dir, dsn string
}

// try plants a bug and runs the rig on it. It answers the words in which the rig found it.
func (w workshop) try(ctx context.Context, n int, b bug) (string, error) {
	dir := filepath.Join(w.dir, fmt.Sprint(n))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	overlay, err := w.overlay(dir, b.edits)
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "rig.test")
	build := exec.CommandContext(ctx, "go", "test", "-c", "-overlay", overlay, "-o", binary, "./"+b.in()) //nolint:gosec // our own arguments
	build.Dir = w.root
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("does not compile: %w\n%s", err, output)
	}
	return w.run(ctx, binary, b)
}

func (w workshop) run(ctx context.Context, binary string, b bug) (string, error) {
	test := exec.CommandContext(ctx, binary, "-test.run", b.test, "-test.failfast", testLimit) //nolint:gosec // built above
	test.Dir = filepath.Join(w.root, b.in())
	test.Env = append(os.Environ(), "BANYAN_SEED=", dsnVariable+"="+w.dsn, seedsFor)
	if b.finds == "" {
		test.Env = append(test.Env, cleanFor)
	}
	output, err := test.CombinedOutput()
	if b.finds == "" {
		if err != nil {
			return "", fmt.Errorf("nothing is planted, and the rig fails: %w\n%s", err, tail(output))
		}
		return "passes", nil
	}
	if err == nil {
		return "", errors.New("the rig does not find it")
	}
	found := regexp.MustCompile(b.finds).Find(output)
	if found == nil {
		return "", fmt.Errorf("the rig fails for another reason than %q\n%s", b.finds, tail(output))
	}
	return string(found[:min(len(found), maxWords)]), nil
}

func tail(output []byte) []byte { return output[max(0, len(output)-4000):] }

// overlay writes changed copies of files, and the file for go's -overlay that puts them in their place.
func (w workshop) overlay(dir string, edits []edit) (string, error) {
	copies := map[string]string{}
	for _, e := range edits {
		original := filepath.Join(w.root, e.file)
		changed, ok := copies[original]
		if !ok {
			changed = filepath.Join(dir, strings.ReplaceAll(e.file, "/", "_"))
			copies[original] = changed
			if err := copyFile(changed, original); err != nil {
				return "", err
			}
		}
		if err := e.apply(changed); err != nil {
			return "", err
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": copies})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, text, 0o600)
}

func copyFile(to, from string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o600) //nolint:gosec // a file of our own folder
}

// apply replaces the one place in a copy that has the text.
func (e edit) apply(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if n := strings.Count(string(text), e.old); n != 1 {
		return fmt.Errorf("the control is stale: %s has its text %d times, and must have it once:\n%s", e.file, n, e.old)
	}
	return os.WriteFile(path, []byte(strings.Replace(string(text), e.old, e.new, 1)), 0o600) //nolint:gosec // a file of our own folder
}
