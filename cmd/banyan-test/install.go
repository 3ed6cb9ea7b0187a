package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"

	"github.com/banyan-commerce/banyan/platform/dbtest/mysqld"
)

func inCI() bool { return os.Getenv("CI") == "true" }

// maySetUp says whether a test run may install packages without being asked: as root on Debian and
// its like, where the package has binaries only, or in CI.
func maySetUp() bool {
	return inCI() || (os.Geteuid() == 0 && has("apt-get"))
}

func has(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
}

// installCommand is the one command for this system.
func installCommand() string {
	switch {
	case has("apt-get"):
		return "sudo apt-get install --no-install-recommends mariadb-server-core"
	case has("dnf"):
		return "sudo dnf install mariadb-server"
	case has("brew"):
		return "brew install mariadb"
	default:
		return "your system's package of MariaDB 10.6+ or MySQL 8 (mariadbd or mysqld must be on PATH)"
	}
}

// installServer installs Debian's mariadb-server-core: binaries without service, account or data.
func installServer(ctx context.Context, out io.Writer) error {
	if path, err := mysqld.Find(); err == nil {
		fmt.Fprintln(out, "database server:", path)
		return nil
	}
	if !has("apt-get") {
		return fmt.Errorf("no database server, and no apt-get to install it with; use: %s", installCommand())
	}
	fmt.Fprintln(out, "no database server here: installing Debian's mariadb-server-core (binaries, no service)")
	for _, arguments := range [][]string{
		{"apt-get", "update", "-qq"},
		{"apt-get", "install", "-qq", "-y", "-o", "Dpkg::Use-Pty=0", "--no-install-recommends", "mariadb-server-core"},
	} {
		if err := asRoot(ctx, out, arguments); err != nil {
			return err
		}
	}
	_, err := mysqld.Find()
	return err
}

func asRoot(ctx context.Context, out io.Writer, arguments []string) error {
	if os.Geteuid() != 0 {
		arguments = append([]string{"sudo", "DEBIAN_FRONTEND=noninteractive"}, arguments...)
	}
	command := exec.CommandContext(ctx, arguments[0], arguments[1:]...)
	command.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, out, out
	if err := command.Run(); err != nil {
		return fmt.Errorf("%v: %w", arguments, err)
	}
	return nil
}
