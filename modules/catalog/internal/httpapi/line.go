package httpapi

import (
	"encoding/json"
	"errors"

	"github.com/banyan-commerce/banyan/modules/catalog/internal/app"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/feed"
	"github.com/banyan-commerce/banyan/platform/fault"
)

// lines is the answer of an import: JSON values, one per line, sent as they come. After an error
// nothing more is sent, and err tells.
type lines struct {
	to    *json.Encoder
	flush func() error
	err   error
}

// importLine is one of them; which fields it has depends on the type.
type importLine struct {
	Type string `json:"type"` // rejected, progress, done, failed
	*importRejected
	*importCounts

	Code    string `json:"code,omitempty"`    // of a failure
	Message string `json:"message,omitempty"` // likewise
}

type importRejected struct {
	Line   int    `json:"line"`
	Column string `json:"column,omitempty"`
	Field  string `json:"field,omitempty"`
	Value  string `json:"value,omitempty"`
	Reason string `json:"reason"`
}

type importCounts struct {
	Bytes     int64 `json:"bytes"` // of the feed that are done with
	Read      int64 `json:"read"`
	Created   int64 `json:"created"`
	Updated   int64 `json:"updated"`
	Unchanged int64 `json:"unchanged"`
	Rejected  int64 `json:"rejected"`
}

func rejectedLine(why feed.RowError) importLine {
	rejected := importRejected(why)
	return importLine{Type: "rejected", importRejected: &rejected}
}

func progressLine(kind string, bytes int64, s app.Summary) importLine {
	return importLine{Type: kind, importCounts: &importCounts{
		Bytes: bytes, Read: s.Read, Created: s.Created, Updated: s.Updated, Unchanged: s.Unchanged, Rejected: s.Rejected,
	}}
}

func (l *lines) write(line importLine) {
	if l.err == nil {
		l.err = l.to.Encode(line)
	}
	if l.err == nil {
		l.err = l.flush()
	}
}

// end tells how the import ended. What isn't a fault is told by a constant text: it may name tables.
func (l *lines) end(bytes int64, s app.Summary, err error) {
	if err == nil {
		l.write(progressLine("done", bytes, s))
		return
	}
	line := progressLine("failed", bytes, s)
	line.Code, line.Message = "internal", "The import failed; the server's log says why."
	var known *fault.Error
	if errors.As(err, &known) {
		line.Code, line.Message = known.Code, known.Message
	}
	l.write(line)
}
