package directory

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// Source is what only the source of modules tells, by name. It is read when documents are generated
// (cmd/banyan-docs), and kept in a file that the program embeds: a binary has no comments.
type Source map[string]SourceOf

// SourceOf is what the source tells of one module.
type SourceOf struct {
	Summary string   `json:"summary"`
	Methods []Method `json:"methods,omitempty"`
	Lines   Lines    `json:"lines"`
}

// ReadSource reads the embedded file.
func ReadSource(text []byte) (Source, error) {
	var s Source
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, fmt.Errorf("read what the source tells of modules: %w", err)
	}
	return s, nil
}

// Text is the file, the same for the same source.
func (s Source) Text() ([]byte, error) {
	text, err := json.MarshalIndent(s, "", "  ")
	return append(text, '\n'), err
}

// Round keeps two significant digits.
func Round(n int) int {
	unit := 1
	for n/unit >= 100 {
		unit *= 10
	}
	return int(math.Round(float64(n)/float64(unit))) * unit
}

func texts(numbers []int) []string {
	all := make([]string, len(numbers))
	for i, n := range numbers {
		all[i] = strconv.Itoa(n)
	}
	return all
}
