package extract

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// edit replaces the bytes of a file between two offsets.
type edit struct {
	from, to int
	by       string
}

func apply(text []byte, edits []edit) []byte {
	slices.SortFunc(edits, func(a, b edit) int { return cmp.Compare(a.from, b.from) })
	var out bytes.Buffer
	at := 0
	for _, e := range edits {
		out.Write(text[at:e.from])
		out.WriteString(e.by)
		at = e.to
	}
	out.Write(text[at:])
	return out.Bytes()
}

// goFile is a Go file that is edited.
type goFile struct {
	text  []byte
	files *token.FileSet
	*ast.File
}

func parse(text []byte, mode parser.Mode) (goFile, error) {
	f := goFile{text: text, files: token.NewFileSet()}
	var err error
	f.File, err = parser.ParseFile(f.files, "", text, mode|parser.ParseComments|parser.SkipObjectResolution)
	return f, err
}

// source is a part of the file as it is written.
func (f goFile) source(n ast.Node) string { return string(f.text[f.offset(n.Pos()):f.offset(n.End())]) }

func (f goFile) offset(p token.Pos) int { return f.files.PositionFor(p, false).Offset }

// line is where the line of an offset begins, and where the next one does.
func (f goFile) line(offset int) (from, to int) {
	from = bytes.LastIndexByte(f.text[:offset], '\n') + 1
	if end := bytes.IndexByte(f.text[offset:], '\n'); end >= 0 {
		return from, offset + end + 1
	}
	return from, len(f.text)
}

// reimport changes the module path in imports, and nothing else. It returns ErrTangled for a text that has the
// path: what it is for would be true of the trunk alone.
func reimport(text []byte, old, by string) ([]byte, error) {
	f, err := parse(text, 0)
	if err != nil {
		return nil, err
	}
	imports := map[*ast.BasicLit]bool{}
	var edits []edit
	for _, spec := range f.Imports {
		imports[spec.Path] = true
		target, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		if rest, local := strings.CutPrefix(target, old); local && (rest == "" || rest[0] == '/') {
			edits = append(edits, edit{f.offset(spec.Path.Pos()), f.offset(spec.Path.End()), strconv.Quote(by + rest)})
		}
	}
	ast.Inspect(f.File, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && !imports[literal] && strings.Contains(literal.Value, old+"/") {
			err = fmt.Errorf("line %d has the trunk's module path in a text: %w; write what it is for without it",
				f.files.PositionFor(literal.Pos(), false).Line, ErrTangled)
		}
		return true
	})
	return apply(text, edits), err
}

// importsUsed drops the imports that nothing uses any more, and formats.
func importsUsed(text []byte) ([]byte, error) {
	f, err := parse(text, 0)
	if err != nil {
		return nil, err
	}
	used := map[string]bool{}
	ast.Inspect(f.File, func(n ast.Node) bool {
		if selector, ok := n.(*ast.SelectorExpr); ok {
			if of, ok := selector.X.(*ast.Ident); ok {
				used[of.Name] = true
			}
		}
		return true
	})
	var edits []edit
	for _, spec := range f.Imports {
		target, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		name := target[strings.LastIndexByte(target, '/')+1:]
		if spec.Name != nil {
			name = spec.Name.Name
		}
		if !used[name] && name != "_" {
			from, to := f.line(f.offset(spec.Pos()))
			edits = append(edits, edit{from, to, ""})
		}
	}
	return format.Source(apply(text, edits))
}
