package migrate

import (
	"bytes"
	"io"
	"io/fs"
	"strings"

	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// words are what migrations may say differently on the two engines: a closed list. SQLite would
// accept MySQL's AUTO_INCREMENT and silently leave NULL.
func words(e sqldb.Engine) *strings.Replacer {
	if e == sqldb.SQLite {
		return strings.NewReplacer(
			"{{auto_pk}}", "INTEGER PRIMARY KEY AUTOINCREMENT",
			"{{blob}}", "BLOB",
			"{{text}}", "TEXT",
			"{{clustered}}", "WITHOUT ROWID",
		)
	}
	return strings.NewReplacer(
		"{{auto_pk}}", "BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY",
		"{{blob}}", "LONGBLOB",
		"{{text}}", "LONGTEXT",
		"{{clustered}}", "", // InnoDB always stores a table in its primary key
	)
}

// dialectFS replaces the words in each file that is opened.
type dialectFS struct {
	fs.FS
	engine sqldb.Engine
}

func (d dialectFS) Open(name string) (fs.File, error) {
	f, err := d.FS.Open(name)
	if err != nil || !strings.HasSuffix(name, ".sql") {
		return f, err
	}
	defer f.Close() //nolint:errcheck // read only
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return &replaced{Reader: bytes.NewReader([]byte(words(d.engine).Replace(string(text)))), info: info}, nil
}

type replaced struct {
	*bytes.Reader
	info fs.FileInfo
}

func (r *replaced) Stat() (fs.FileInfo, error) { return r.info, nil }
func (r *replaced) Close() error               { return nil }
