package archtest

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing/fstest"
)

// Mark is a line of a planted tree where a violation must be found. The line says so itself, in a
// comment that ends "want: " and a piece of the violation's text.
type Mark struct {
	File string
	Line int
	Text string
}

// Plant reads the innocent tree with the files of a planted break laid over it, and the break's marks.
func Plant(innocent, planted fs.FS) (*Tree, []Mark, error) {
	laid := fstest.MapFS{}
	if err := lay(laid, innocent); err != nil {
		return nil, nil, fmt.Errorf("read the innocent tree: %w", err)
	}
	clean := len(laid)
	breaks := fstest.MapFS{}
	if err := lay(breaks, planted); err != nil {
		return nil, nil, fmt.Errorf("read the planted break: %w", err)
	}
	if clean == 0 || len(breaks) == 0 {
		return nil, nil, errors.New("nothing is planted")
	}
	var marks []Mark
	for name, file := range breaks {
		laid[name] = file
		marks = append(marks, marksOf(name, string(file.Data))...)
	}
	tree, err := LoadFS(laid)
	return tree, marks, err
}

func lay(into fstest.MapFS, files fs.FS) error {
	return fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, name)
		into[name] = &fstest.MapFile{Data: text}
		return err
	})
}

func marksOf(name, text string) []Mark {
	var marks []Mark
	line := 0
	for l := range strings.Lines(text) {
		line++
		if _, want, ok := strings.Cut(l, "want: "); ok {
			marks = append(marks, Mark{File: name, Line: line, Text: strings.TrimSpace(want)})
		}
	}
	return marks
}

// Differences compares what a rule found with the marks: a mark that nothing was found at, and a
// violation that no mark announced.
func Differences(marks []Mark, found []Violation) []string {
	var list []string
	for _, m := range marks {
		if !slices.ContainsFunc(found, m.announces) {
			list = append(list, fmt.Sprintf("%s:%d: nothing found, want %q", m.File, m.Line, m.Text))
		}
	}
	for _, v := range found {
		if !slices.ContainsFunc(marks, func(m Mark) bool { return m.announces(v) }) {
			list = append(list, fmt.Sprintf("not announced: %s", v))
		}
	}
	return list
}

func (m Mark) announces(v Violation) bool {
	return m.File == v.File && m.Line == v.Line && strings.Contains(v.What, m.Text)
}
