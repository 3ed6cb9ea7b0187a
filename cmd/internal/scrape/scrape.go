// Package scrape reads what a server shows at /metrics: the text format of Prometheus 0.0.4, as far as
// counters and gauges go (https://prometheus.io/docs/instrumenting/exposition_formats/).
package scrape

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"strconv"
	"strings"
)

// Series is one line: a name, its labels and its value.
type Series struct {
	Name   string
	Labels map[string]string
	Value  float64
}

// Metrics are all lines of one answer.
type Metrics []Series

// Read reads an answer of /metrics. It returns an error that names the line for text of another format.
func Read(from io.Reader) (Metrics, error) {
	var all Metrics
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		s, err := series(text)
		if err != nil {
			return nil, fmt.Errorf("metrics, line %d: %w", n, err)
		}
		all = append(all, s)
	}
	return all, lines.Err()
}

// Sum adds up the series of a name that have at least these labels; label values come as name, value,
// name, value.
func (m Metrics) Sum(name string, labels ...string) float64 {
	total := 0.0
	for _, s := range m {
		if s.Name == name && s.has(labels) {
			total += s.Value
		}
	}
	return total
}

// By adds up the series of a name for each value of one label.
func (m Metrics) By(name, label string) map[string]float64 {
	sums := map[string]float64{}
	for _, s := range m {
		if s.Name == name {
			sums[s.Labels[label]] += s.Value
		}
	}
	return sums
}

// Since is how much each series has grown after an earlier reading; one that is new grew from 0.
func (m Metrics) Since(before Metrics) Metrics {
	grown := make(Metrics, len(m))
	for i, s := range m {
		for _, old := range before {
			if old.Name == s.Name && maps.Equal(old.Labels, s.Labels) {
				s.Value -= old.Value
				break
			}
		}
		grown[i] = s
	}
	return grown
}

// Only keeps the series whose name begins so: Since compares each with each.
func (m Metrics) Only(prefix string) Metrics {
	var kept Metrics
	for _, s := range m {
		if strings.HasPrefix(s.Name, prefix) {
			kept = append(kept, s)
		}
	}
	return kept
}

func (s Series) has(labels []string) bool {
	for i := 0; i+1 < len(labels); i += 2 {
		if s.Labels[labels[i]] != labels[i+1] {
			return false
		}
	}
	return true
}

// series reads `name{label="value",...} 12.5 [timestamp]`.
func series(text string) (Series, error) {
	end := strings.IndexAny(text, "{ \t")
	if end <= 0 {
		return Series{}, fmt.Errorf("no value in %q", text)
	}
	s := Series{Name: text[:end], Labels: map[string]string{}}
	rest := text[end:]
	if rest[0] == '{' {
		var err error
		if rest, err = s.readLabels(rest[1:]); err != nil {
			return Series{}, err
		}
	}
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return Series{}, fmt.Errorf("no value in %q", text)
	}
	value, err := strconv.ParseFloat(fields[0], 64)
	s.Value = value
	return s, err
}

// readLabels reads up to the closing brace and answers what follows it.
func (s Series) readLabels(text string) (string, error) {
	for {
		text = strings.TrimLeft(text, ", ")
		if rest, done := strings.CutPrefix(text, "}"); done {
			return rest, nil
		}
		name, rest, ok := strings.Cut(text, `="`)
		if !ok {
			return "", fmt.Errorf("a label without a value in %q", text)
		}
		value, rest, err := quoted(rest)
		if err != nil {
			return "", err
		}
		s.Labels[strings.TrimSpace(name)] = value
		text = rest
	}
}

// quoted reads up to the closing quote; the format knows the escapes \\, \" and \n.
func quoted(text string) (value, rest string, err error) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '"':
			return b.String(), text[i+1:], nil
		case text[i] == '\\' && i+1 < len(text):
			i++
			b.WriteByte(unescaped(text[i]))
		default:
			b.WriteByte(text[i])
		}
	}
	return "", "", fmt.Errorf("a label's value has no end: %q", text)
}

func unescaped(c byte) byte {
	if c == 'n' {
		return '\n'
	}
	return c
}
