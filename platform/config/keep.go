package config

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Tokens are what a server needs to know who is calling.
type Tokens struct {
	Secret   Secret
	Operator Secret
}

// ErrTokensMissing is returned on a production database when the tokens are not set: several
// instances must agree on them.
var ErrTokensMissing = errors.New("BANYAN_SECRET and BANYAN_OPERATOR_TOKEN must be set with a MySQL database")

// Tokens are those of the environment. On the embedded default a missing one is made once and kept
// beside the database in a file that its owner alone can read. It returns ErrTokensMissing, or an
// error of the file system.
func (c Config) Tokens() (Tokens, error) {
	t := Tokens{Secret: c.Secret, Operator: c.OperatorToken}
	if !c.Embedded() {
		if t.Secret == "" || t.Operator == "" {
			return Tokens{}, ErrTokensMissing
		}
		return t, nil
	}
	var errs [2]error
	if t.Secret == "" {
		t.Secret, errs[0] = kept(c.DB.Dir, "server.secret", minSecret)
	}
	if t.Operator == "" {
		t.Operator, errs[1] = kept(c.DB.Dir, "operator.token", minOperatorToken)
	}
	return t, errors.Join(errs[:]...)
}

// kept reads a file of one line, or makes it of random text. The file appears whole or not at all, so
// that a crash leaves no half of a secret behind.
func kept(dir, name string, least int) (Secret, error) {
	path := filepath.Join(dir, name)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return newlyKept(dir, path)
	}
	if err != nil {
		return "", err
	}
	s := Secret(strings.TrimSpace(string(text)))
	if len(s) < least {
		return "", fmt.Errorf("%s: needs at least %d characters; remove the file to have a new one made", path, least)
	}
	return s, nil
}

func newlyKept(dir, path string) (Secret, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return "", err
	}
	f, err := os.CreateTemp(dir, ".secret-*") // mode 0600
	if err != nil {
		return "", err
	}
	text := rand.Text() + rand.Text() // 260 bits, base 32
	_, err = f.WriteString(text + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	// Link, unlike rename, fails where another process was first: then its text is the one that counts.
	err = os.Link(f.Name(), path)
	if removed := os.Remove(f.Name()); removed != nil {
		return "", removed
	}
	if errors.Is(err, fs.ErrExist) {
		return kept(dir, filepath.Base(path), 1)
	}
	return Secret(text), err
}
