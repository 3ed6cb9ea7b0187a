package mysqld

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// build is an installed server binary and what distinguishes it from others.
type build struct {
	binary  string
	mariadb bool
	share   string // folder of the SQL that fills an empty data folder; MariaDB only
}

// Find returns the path of an installed server binary, MariaDB's first. Error: ErrNotFound.
func Find() (string, error) {
	folders := append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin", "/usr/local/sbin", "/usr/libexec")
	for _, name := range []string{"mariadbd", "mysqld"} {
		for _, folder := range folders {
			path := filepath.Join(folder, name)
			if isProgram(path) {
				return path, nil
			}
		}
	}
	return "", ErrNotFound
}

func isProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && filepath.IsAbs(path) && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// inspect asks the binary what it is and where its files are.
func inspect(ctx context.Context, binary string) (build, error) {
	version, err := exec.CommandContext(ctx, binary, "--no-defaults", "--version").Output()
	if err != nil {
		return build{}, fmt.Errorf("ask %s for its version: %w", binary, err)
	}
	if !bytes.Contains(version, []byte("MariaDB")) {
		return build{binary: binary}, nil
	}
	share, err := shareFolder(ctx, binary)
	return build{binary: binary, mariadb: true, share: share}, err
}

// shareFolder finds the SQL of the system tables: it lies beside the character sets, whose folder the
// server names. Distributions differ in the rest of the path.
func shareFolder(ctx context.Context, binary string) (string, error) {
	help, err := exec.CommandContext(ctx, binary, withUser("--no-defaults", "--verbose", "--help")...).Output()
	if err != nil {
		return "", fmt.Errorf("ask %s for its folders: %w", binary, err)
	}
	for line := range strings.Lines(string(help)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name == "character-sets-dir" {
			return filepath.Dir(filepath.Clean(strings.TrimSpace(value))), nil
		}
	}
	return "", fmt.Errorf("%s --help names no character-sets-dir", binary)
}

// initialise fills the folder with the system tables.
func (b build) initialise(ctx context.Context, folder folder) error {
	arguments := withUser("--no-defaults", "--datadir="+folder.join("data"), "--tmpdir="+folder.join("tmp"))
	if !b.mariadb {
		return runQuietly(exec.CommandContext(ctx, b.binary, append(arguments, "--initialize-insecure")...))
	}
	script, err := b.systemTables()
	if err != nil {
		return err
	}
	command := exec.CommandContext(ctx, b.binary, append(arguments, "--bootstrap", "--log-warnings=0",
		"--innodb-buffer-pool-size=32M", "--innodb-log-file-size=16M")...)
	command.Stdin = script
	return runQuietly(command)
}

// systemTables is what mariadb-install-db feeds to the server, less the help texts and the sys schema.
// That script is not called, because it wants my_print_defaults, which Debian's mariadb-server-core
// lacks. MariaDB 11 renamed the files.
func (b build) systemTables() (io.Reader, error) {
	script := bytes.NewBufferString("CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n")
	for _, name := range []string{"system_tables", "performance_tables", "system_tables_data"} {
		text, err := os.ReadFile(filepath.Join(b.share, "mariadb_"+name+".sql"))
		if errors.Is(err, os.ErrNotExist) {
			text, err = os.ReadFile(filepath.Join(b.share, "mysql_"+name+".sql"))
		}
		if err != nil {
			return nil, fmt.Errorf("read the SQL of the system tables: %w", err)
		}
		script.Write(text)
	}
	return script, nil
}

// arguments starts the server on one port. Options that only one of MariaDB and MySQL knows are
// prefixed with loose, which turns an error into a warning.
func (b build) arguments(folder folder, port int, options Options) []string {
	arguments := withUser(
		"--no-defaults",
		"--datadir="+folder.join("data"),
		"--tmpdir="+folder.join("tmp"),
		"--socket="+folder.join("sock"),
		"--pid-file="+folder.join("pid"),
		"--init-file="+folder.join("init.sql"),
		"--bind-address=127.0.0.1",
		"--port="+strconv.Itoa(port),
		"--skip-name-resolve",
		"--skip-log-bin",
		"--loose-mysqlx=OFF",
		"--loose-performance-schema=OFF",
		"--max-connections=500",
		"--table-open-cache=4000",
		"--character-set-server=utf8mb4",
		"--collation-server=utf8mb4_bin",
	)
	if options.Durable {
		return append(arguments, "--innodb-flush-log-at-trx-commit=1", "--innodb-doublewrite=ON",
			"--innodb-buffer-pool-size=1G", "--loose-innodb-log-file-size=512M")
	}
	return append(arguments, "--innodb-flush-log-at-trx-commit=2", "--innodb-doublewrite=OFF",
		"--innodb-buffer-pool-size=128M", "--loose-innodb-log-file-size=48M")
}

// withUser lets root run the server, which otherwise refuses; the folder is root's, too. It comes
// after the first argument, which must be --no-defaults.
func withUser(arguments ...string) []string {
	if os.Geteuid() != 0 {
		return arguments
	}
	return append(arguments, "--user=root")
}

func runQuietly(command *exec.Cmd) error {
	output, err := command.CombinedOutput()
	if err != nil {
		return fmt.Errorf("fill the data folder: %w\n%s", err, output)
	}
	return nil
}
