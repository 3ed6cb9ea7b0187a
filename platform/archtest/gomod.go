package archtest

import "strings"

// goMod is what a go.mod says that matters to boundaries.
type goMod struct {
	dir      string // where it lies, "." for the root
	path     string // its module
	line     int    // where it names that
	replaces []replace
}

// replace is one line old => new.
type replace struct {
	old, new string
	line     int
}

// folder tells a replacement that is a folder of this machine, as the go command does: by its first
// characters.
func (r replace) folder() bool {
	for _, begins := range []string{"./", "../", "/", `.\`, `..\`, `\`} {
		if strings.HasPrefix(r.new, begins) {
			return true
		}
	}
	return r.new == "." || r.new == ".." || len(r.new) > 1 && r.new[1] == ':'
}

// readGoMod reads the module and the replacements, written in one line or in a block.
func readGoMod(dir, text string) goMod {
	m := goMod{dir: dir, line: 1}
	line, block := 0, ""
	for l := range strings.Lines(text) {
		line++
		l, _, _ = strings.Cut(l, "//")
		words := strings.Fields(l)
		switch {
		case len(words) == 0:
			continue
		case words[0] == ")":
			block = ""
			continue
		case words[len(words)-1] == "(":
			block = words[0]
			continue
		case block != "":
			words = append([]string{block}, words...)
		}
		m.take(words, line)
	}
	return m
}

func (m *goMod) take(words []string, line int) {
	switch {
	case words[0] == "module" && len(words) > 1:
		m.path, m.line = unquote(words[1]), line
	case words[0] == "replace":
		for i, w := range words {
			if w == "=>" && i > 1 && i+1 < len(words) {
				m.replaces = append(m.replaces, replace{unquote(words[1]), unquote(words[i+1]), line})
			}
		}
	}
}

// unquote takes off the quotes that go.mod allows around a path.
func unquote(word string) string { return strings.Trim(word, "\"`") }
